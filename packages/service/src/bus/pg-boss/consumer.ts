/**
 * Takes a group's events from its queue. An event stays claimed by an open transaction while it is being handled; when
 * the process dies, the server rolls the claim back and the event is free again at once, with no timeout to wait for.
 *
 *   LISTEN ─► BEGIN ─► fetch ─► deliver, all of the batch ─► complete or fail each ─► COMMIT ─► LISTEN …
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Db, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { Value } from 'typebox/value';
import { unreachableReason } from '../../database/connection-error.ts';
import { createWaker, type Waker } from '../../waker.ts';
import type { Deliver } from '../broker.ts';
import { CloudEvent } from '../event.ts';

export type ConsumerOptions = {
  readonly url: string;
  readonly applicationName: string;
  readonly boss: PgBoss;
  readonly queue: string;
  readonly prefetch: number;
  readonly deliver: Deliver;
  readonly log: Logger;
};

export interface Consumer {
  /** Finishes the batch at hand. */
  close(): Promise<void>;
}

/** The NOTIFY channel; the payload is the queue. */
export const channel = 'hikyaku_bus';
/** Finds events whose pause before another attempt is over: nobody notifies of those. */
const pollMs = 1000;
const reconnectMs = 250;

export function startConsumer(options: ConsumerOptions): Consumer {
  const waker = createWaker();
  const ending = new AbortController();
  const running = keepConsuming(options, waker, ending.signal);
  return {
    close: async () => {
      ending.abort();
      waker.wake();
      await running;
    },
  };
}

async function keepConsuming(options: ConsumerOptions, waker: Waker, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    await consume(options, waker, ending).catch((error: unknown) => {
      options.log.warn(
        { queue: options.queue, reason: unreachableReason(error) ?? String(error) },
        'lost the broker, connecting again',
      );
    });
    await delay(reconnectMs, undefined, { signal: ending }).catch(() => undefined);
  }
}

/** With one connection, until it breaks or the consumer ends. */
async function consume({ url, applicationName, ...options }: ConsumerOptions, waker: Waker, ending: AbortSignal): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: applicationName, connectionTimeoutMillis: 3000 });
  // The next statement fails then; waking makes that soon.
  client.on('error', () => waker.wake());
  client.on('notification', ({ payload }) => payload === options.queue && waker.wake());
  try {
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    while (!ending.aborted) {
      const count = await consumeBatch(client, options);
      if (count < options.prefetch) await waker.wait(pollMs);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function consumeBatch(
  client: pg.Client,
  { boss, queue, prefetch, deliver, log }: Omit<ConsumerOptions, 'url' | 'applicationName'>,
): Promise<number> {
  const db: Db = { executeSql: (sql, values) => client.query(sql, values ? [...values] : []) };
  await client.query('BEGIN');
  const jobs = await boss.fetch<unknown>(queue, { batchSize: prefetch, includeMetadata: true, db });
  const outcomes = await Promise.all(jobs.map(async (job) => ({ job, error: await deliverJob(job.data, deliver) })));
  for (const { job, error } of outcomes) {
    const attempt = { id: job.id, retryCount: job.retryCount };
    if (error === undefined) {
      await boss.complete(queue, attempt, null, { db });
      continue;
    }
    log.warn(
      { err: error, queue, event: job.id, attempt: job.retryCount + 1, attempts: job.retryLimit + 1 },
      'event was not handled',
    );
    await boss.fail(queue, attempt, { message: error.message }, { db });
  }
  await client.query('COMMIT');
  return jobs.length;
}

/** What went wrong; `undefined` when nothing did. */
async function deliverJob(data: unknown, deliver: Deliver): Promise<Error | undefined> {
  try {
    await deliver(Value.Parse(CloudEvent, data));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
