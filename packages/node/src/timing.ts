/**
 * Waiting that ends early when it is no longer wanted (and is not an error then), and how times are written.
 */

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** `signal.aborted` behind a function: after an await, the compiler still takes an earlier look for true. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** As metav1.Time writes it: UTC, whole seconds. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
