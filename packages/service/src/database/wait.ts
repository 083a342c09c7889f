/** Waits for a PostgreSQL server to be there, and says what it waits for. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { describeUnreachable, unreachableReason } from './connection-error.ts';

export type WaitOptions = {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** `postgres:5432 (connection refused)`. */
  readonly onWaiting: (what: string) => void;
};

const pauseMs = 200;

/** @throws what the server answers when it is there but will not have us, and the signal's reason. */
export async function untilReachable(url: string, { signal, log, onWaiting }: WaitOptions): Promise<void> {
  for (let lastReason = ''; ;) {
    const error = await connectionError(url);
    if (error === undefined) return;
    const reason = unreachableReason(error);
    if (reason === undefined) throw error;
    const what = describeUnreachable(url, reason);
    onWaiting(what);
    if (reason !== lastReason) log.warn(`waiting for ${what}`);
    lastReason = reason;
    await delay(pauseMs, undefined, { signal });
  }
}

async function connectionError(url: string): Promise<Error | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  // A connection that breaks while it is being closed is of no interest.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end().catch(() => undefined);
  }
}
