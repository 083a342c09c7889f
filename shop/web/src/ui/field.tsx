/** A labelled text field with its hint and its error, tied together for screen readers. */
import type { InputHTMLAttributes, JSX } from 'preact';
import { useId } from 'preact/hooks';

export interface FieldProps {
  label: string;
  type?: 'text' | 'email' | 'password';
  /** What the browser may fill in: a token of the HTML autofill vocabulary. */
  autocomplete:
    | 'name'
    | 'username'
    | 'current-password'
    | 'new-password'
    | 'cc-number'
    | 'postal-code'
    | 'address-level1'
    | 'address-level2'
    | 'address-line1'
    | 'address-line2';
  value: string;
  onInput: (value: string) => void;
  hint?: string | undefined;
  /** Shown in place of the hint. */
  error?: string | undefined;
  inputMode?: 'text' | 'numeric';
  placeholder?: string;
  minLength?: number;
  maxLength?: number;
  /** Default true: the shop asks for little it does not need. */
  required?: boolean;
}

export function Field({ label, type = 'text', value, onInput, hint, error, required = true, ...input }: FieldProps) {
  return (
    <Labelled label={label} hint={hint} error={error}>
      {(attributes) => (
        <Input
          {...input}
          {...attributes}
          type={type}
          required={required}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Labelled>
  );
}

export interface ChoiceProps extends Pick<FieldProps, 'label' | 'autocomplete' | 'value' | 'onInput' | 'error'> {
  /** Shown while nothing is chosen. */
  placeholder: string;
  options: readonly { value: string; text: string }[];
}

/** One of a list that is too long to show. */
export function Choice({ label, value, onInput, error, placeholder, options, autocomplete }: ChoiceProps) {
  return (
    <Labelled label={label} error={error}>
      {(attributes) => (
        <select {...attributes} required autocomplete={autocomplete} onChange={(event) => onInput(event.currentTarget.value)}>
          <option value="" disabled selected={value === ''}>
            {placeholder}
          </option>
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

interface LabelledProps extends Pick<FieldProps, 'label' | 'hint' | 'error'> {
  children: (attributes: { id: string; 'aria-invalid': boolean; 'aria-describedby': string | undefined }) => JSX.Element;
}

function Labelled({ label, hint, error, children }: LabelledProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-invalid': error !== undefined,
        'aria-describedby': note === undefined ? undefined : `${id}-note`,
      })}
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
