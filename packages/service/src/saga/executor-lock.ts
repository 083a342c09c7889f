/**
 * Which processes are alive, told by PostgreSQL: each holds an advisory lock on a session of its own, and the server
 * lets go of it when the process is gone, however it went.
 *
 * A lock that is free was seen free twice before its owner counts as dead: a process whose connection broke while it
 * lives takes its lock again within that time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { unreachableReason } from '../database/connection-error.ts';

export type ExecutorLockOptions = {
  readonly url: string;
  readonly executorId: string;
  /** Executors that have unfinished work, this one not included. */
  readonly unfinished: () => Promise<readonly string[]>;
  /** Hands the work of a dead executor to the living. May be called by several of them for the same one. */
  readonly recover: (executorId: string) => Promise<void>;
  readonly log: Logger;
  /** Between two looks at the others. Default 400. */
  readonly everyMs?: number;
};

export interface ExecutorLock {
  /** Resolves once the own lock is held; from then on looks after the others until closed. */
  start(): Promise<void>;
  /** Gives the lock up, so that others take over what is left at once. */
  close(): Promise<void>;
}

const reconnectMs = 100;
/**
 * Longer than the server takes to notice that the session before this one is gone; a statement that takes longer than `answerMs` is one whose connection
 * is dead without having said so.
 */
const lockTimeoutMs = 3000;
const answerMs = 5000;

export function createExecutorLock(options: ExecutorLockOptions): ExecutorLock {
  const ending = new AbortController();
  let running: Promise<void> | undefined;
  return {
    start: async () => {
      const client = await acquire(options);
      running = watch(options, client, ending.signal);
    },
    close: async () => {
      ending.abort();
      await running;
    },
  };
}

async function watch(options: ExecutorLockOptions, first: pg.Client, ending: AbortSignal): Promise<void> {
  const { log, everyMs = 400 } = options;
  const suspects = new Set<string>();
  let client: pg.Client | undefined = first;
  while (!ending.aborted) {
    try {
      client ??= await acquire(options);
      await look(options, client, suspects);
      await delay(everyMs, undefined, { signal: ending }).catch(() => undefined);
    } catch (error) {
      log.warn({ reason: unreachableReason(error) ?? String(error) }, 'lost the executor lock, taking it again');
      await client?.end().catch(() => undefined);
      client = undefined;
      suspects.clear();
      await delay(reconnectMs, undefined, { signal: ending }).catch(() => undefined);
    }
  }
  await client?.end().catch(() => undefined);
}

async function acquire({ url, executorId }: ExecutorLockOptions): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `executor ${executorId}`,
    connectionTimeoutMillis: 3000,
    lock_timeout: lockTimeoutMs,
    query_timeout: answerMs,
    keepAlive: true,
  });
  // Surfaces with the next statement.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [lockName(executorId)]);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function look({ unfinished, recover, log }: ExecutorLockOptions, client: pg.Client, suspects: Set<string>): Promise<void> {
  const others = await unfinished();
  for (const suspect of suspects) if (!others.includes(suspect)) suspects.delete(suspect);
  // Also tells that the own session is alive when there is nobody else.
  await client.query('SELECT 1');
  for (const executorId of others) {
    if (!(await isFree(client, executorId))) {
      suspects.delete(executorId);
    } else if (suspects.delete(executorId)) {
      log.info({ executor: executorId }, 'taking over the sagas of a process that is gone');
      await recover(executorId);
    } else {
      suspects.add(executorId);
    }
  }
}

async function isFree(client: pg.Client, executorId: string): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS free', [
    lockName(executorId),
  ]);
  if (rows[0]?.free !== true) return false;
  await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [lockName(executorId)]);
  return true;
}

const lockName = (executorId: string): string => `hikyaku.saga.executor ${executorId}`;
