/** A labelled text field with its hint and its error, tied together for screen readers. */
import type { InputHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';

export interface FieldProps {
  label: string;
  type?: 'text' | 'email' | 'password';
  /** What the browser may fill in: a token of the HTML autofill vocabulary. */
  autocomplete: 'name' | 'username' | 'current-password' | 'new-password' | 'cc-number';
  value: string;
  onInput: (value: string) => void;
  hint?: string | undefined;
  /** Shown in place of the hint. */
  error?: string | undefined;
  inputMode?: 'text' | 'numeric';
  placeholder?: string;
  minLength?: number;
  maxLength?: number;
}

/** Always required: the shop asks for nothing it does not need. */
export function Field({ label, type = 'text', value, onInput, hint, error, ...input }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Input
        {...input}
        type={type}
        id={id}
        required
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {note !== undefined && (
        <p id={`${id}-note`} class={error === undefined ? 'field-hint' : 'field-error'}>
          {note}
        </p>
      )}
    </div>
  );
}

/** Preact's types tell inputs apart by `type`, so each has to be written out. */
function Input({
  type,
  ...attributes
}: { type: 'text' | 'email' | 'password' } & Omit<InputHTMLAttributes, 'type' | 'role' | 'list'>) {
  switch (type) {
    case 'email':
      return <input type="email" {...attributes} />;
    case 'password':
      return <input type="password" {...attributes} />;
    case 'text':
      return <input type="text" {...attributes} />;
  }
}
