/**
 * How long a container that ended waits before it runs again. Kubernetes starts at 10 s; on one's own machine a service that died once
 * should be back at once, and one that dies again and again should still not burn the processor: 0, 0.5 s, 1 s, 2 s, … 5 min.
 */

const FIRST_MS = 500;
const LONGEST_MS = 300_000;

/** A run of this length counts as recovered, and the row begins anew. */
const RECOVERED_AFTER_MS = 60_000;

export interface RestartBackoff {
  /** The delay before the next run, given how long the last one lasted. */
  next(ranMs: number): number;
}

export function createRestartBackoff(): RestartBackoff {
  let failures = 0;
  return {
    next(ranMs) {
      if (ranMs >= RECOVERED_AFTER_MS) failures = 0;
      failures += 1;
      return failures === 1 ? 0 : Math.min(FIRST_MS * 2 ** (failures - 2), LONGEST_MS);
    },
  };
}
