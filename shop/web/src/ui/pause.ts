/** Waiting between two questions to the shop, and for somebody to look. */

/** Ends after the time, or as soon as somebody looks at the page again. Resolves at once when the signal aborts. */
export function pauseUntilSeen(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = new AbortController();
    const finish = () => {
      clearTimeout(timer);
      end.abort();
      resolve();
    };
    const timer = setTimeout(finish, delayMs);
    signal.addEventListener('abort', finish, { signal: end.signal });
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && finish(), {
      signal: end.signal,
    });
  });
}

/** The same, but not while nobody looks: then it ends when somebody does. */
export async function pauseWhileUnseen(delayMs: number, signal: AbortSignal): Promise<void> {
  await pauseUntilSeen(delayMs, signal);
  while (document.visibilityState === 'hidden' && !signal.aborted) await pauseUntilSeen(hiddenMs, signal);
}

/** Browsers slow the timers of hidden pages down anyway; the event is what ends the wait. */
const hiddenMs = 60_000;

/** Aborts with `signal`, or when nobody looks at the page any more. */
export function whileSeen(signal: AbortSignal): AbortSignal {
  const unseen = new AbortController();
  const either = AbortSignal.any([signal, unseen.signal]);
  const look = () => document.visibilityState === 'hidden' && unseen.abort();
  document.addEventListener('visibilitychange', look, { signal: either });
  look();
  return either;
}
