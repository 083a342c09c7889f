/** Sending a form: once at a time, and what came of it. */
import { useState } from 'preact/hooks';

export interface Submission {
  isSending: boolean;
  error: unknown;
  /** For `onSubmit`. Does nothing while a former sending is under way. */
  submit: (event: Event) => void;
}

export function useSubmit(send: () => Promise<void>): Submission {
  const [isSending, setIsSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: Event) => {
    event.preventDefault();
    if (isSending) return;
    setIsSending(true);
    setError(undefined);
    send()
      .catch(setError)
      .finally(() => setIsSending(false));
  };
  return { isSending, error, submit };
}
