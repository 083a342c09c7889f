/**
 * Asks again and again for something that changes by itself, such as a mailbox: soon after it changed, ever less often while it does
 * not, and on through lost connections. Knows no page; `pause` may wait for somebody to look.
 */

export interface WatchOptions<T> {
  load: (signal: AbortSignal) => Promise<T>;
  /** What is new. Called for the first answer, for each that differs from the one before, and for the first after an error. */
  onChange: (value: T) => void;
  /** A question that failed; the next one follows. */
  onError: (error: unknown) => void;
  /** Resolves after the time, or at once when the signal aborts. */
  pause: (delayMs: number, signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
}

const firstDelayMs = 1000;
const longestDelayMs = 15_000;
const growth = 1.5;

/** Resolves when the signal aborts. */
export async function watch<T>({ load, onChange, onError, pause, signal }: WatchOptions<T>): Promise<void> {
  const isUnwanted = () => signal.aborted;
  let delayMs = firstDelayMs;
  let seen: string | undefined;
  while (!isUnwanted()) {
    try {
      const value = await load(signal);
      if (isUnwanted()) return;
      const shown = JSON.stringify(value);
      delayMs = shown === seen ? Math.min(longestDelayMs, delayMs * growth) : firstDelayMs;
      if (shown !== seen) onChange(value);
      seen = shown;
    } catch (error) {
      if (isUnwanted()) return;
      seen = undefined;
      delayMs = Math.min(longestDelayMs, delayMs * growth);
      onError(error);
    }
    await pause(delayMs, signal);
  }
}
