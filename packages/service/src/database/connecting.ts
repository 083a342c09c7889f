/**
 * Getting a connection of the pool when there may be none to be had. A database that restarts is waited for; one that stays away is answered for at once, so
 * that callers do not pile up, and is asked now and then whether it is back.
 *
 *   connection there ──────────────────────────────────────────────────► the caller
 *   not reachable ─► guard: so many wait, each for a while ─► in vain ─► breaker opens: refused at once; one a second tries
 */
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { GuardError, type Guard, type GuardOptions } from '../resilience/guard.ts';
import { unreachableReason } from './connection-error.ts';

/** @throws GuardError, or why the database cannot be reached. */
export type Connect = () => Promise<pg.PoolClient>;

/** Callers that may wait for one of the connections that are in use. */
const longestQueue = 500;

/** Of the guard around getting a connection. Whoever has waited in vain has shown that the database is away. */
export const connectionGuard: GuardOptions = {
  attempts: 1,
  // The pool has its own, which is shorter; this one would leave a connection to nobody.
  timeoutMs: 60_000,
  breaker: { consecutiveFailures: 1, openMs: 1000 },
  bulkhead: { concurrent: 100, waiting: 0 },
  isFailure: (error) => unreachableReason(error) !== undefined,
};

/** @param patienceMs how long a caller waits for a database that is away. */
export function createConnecting(pool: pg.Pool, guard: Guard, patienceMs: number): Connect {
  return async () => {
    if (guard.state === 'closed') {
      if (pool.waitingCount >= longestQueue)
        throw new GuardError('GUARD_BUSY', guard.name, `too many calls wait for a connection to the ${guard.name}`);
      try {
        return await pool.connect();
      } catch (error) {
        if (pool.ending || unreachableReason(error) === undefined) throw error;
      }
    }
    // The one that tries whether it is back does not wait: those that came behind it wait for its answer.
    return guard.run(() => connectPatiently(pool, guard.state === 'half-open' ? 0 : patienceMs));
  };
}

/** Waits for a database that is away, no longer than `patienceMs`. */
export async function connectPatiently(pool: pg.Pool, patienceMs: number): Promise<pg.PoolClient> {
  const giveUpAt = Date.now() + patienceMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    try {
      return await pool.connect();
    } catch (error) {
      if (pool.ending || unreachableReason(error) === undefined || Date.now() + pauseMs > giveUpAt) throw error;
      await delay(pauseMs * (0.5 + Math.random() / 2));
    }
  }
}
