/**
 * Gives parked events of a group another attempt when they are due: the first of each subject, different subjects at the same time. Every
 * process of the group does; a row is taken by one.
 */
import type { Logger } from 'pino';
import { createLoop, type WakingLoop } from '../../waker.ts';
import type { Parked, Parking } from './parking.ts';

export type RetryOptions = {
  readonly parking: Parking;
  readonly limit: number;
  /** Never rejects for the event's sake: what becomes of it is written down. */
  readonly retry: (parked: Parked) => Promise<void>;
  readonly log: Logger;
};

/** To be woken when something may be due earlier than was known. Closing finishes the attempts under way. */
export type Retries = WakingLoop;

/** Finds what another process left behind; what this one parks wakes it. */
const pollMs = 5000;
/** What is due but cannot be taken is in the hands of another process. */
const takenMs = 200;

export function createRetries({ parking, limit, retry, log }: RetryOptions): Retries {
  const active = new Set<Promise<void>>();
  const begin = (parked: Parked): void => {
    const attempt = retry(parked)
      .catch((error: unknown) => log.warn({ err: error, event: parked.event.id }, 'an event stays parked'))
      .finally(() => {
        active.delete(attempt);
        loop.wake();
      });
    active.add(attempt);
  };
  /** Resolves to the time after which to look again. */
  const look = async (): Promise<number> => {
    if (active.size >= limit) return pollMs;
    const dueInMs = await parking.dueInMs();
    if (dueInMs === undefined || dueInMs > 0) return Math.min(dueInMs ?? pollMs, pollMs);
    const taken = await parking.take(limit - active.size);
    for (const parked of taken) begin(parked);
    return taken.length > 0 ? 0 : takenMs;
  };
  const loop = createLoop(() =>
    look().catch((error: unknown) => {
      log.warn({ reason: String(error) }, 'cannot look for parked events');
      return pollMs;
    }),
  );
  return {
    ...loop,
    close: async () => {
      await loop.close();
      await Promise.all(active);
    },
  };
}
