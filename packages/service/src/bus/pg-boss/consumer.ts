/**
 * Takes a group's events from its queue, in the order of their ids. One process of the group does at a time: it holds an advisory lock of
 * its session, which the server frees when the process dies. That is also why nothing has to be claimed: an event is in the queue until
 * it was handled, and is then deleted.
 *
 *   LISTEN ─► lock of the group ─► SELECT a batch ─► deliver all of it ─► DELETE what was handled, SELECT the next ─► …
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { unreachableReason } from '../../database/connection-error.ts';
import { createGathering } from '../../database/gathering.ts';
import { statementLimits } from '../../database/statement-limits.ts';
import { createWaker, type Waker } from '../../waker.ts';
import { takenAtOnce, type Deliver } from '../broker.ts';
import type { CloudEvent } from '../event.ts';
import { reached } from '../points.ts';

export type ConsumerOptions = {
  readonly url: string;
  readonly applicationName: string;
  readonly queue: string;
  readonly prefetch: number;
  readonly deliver: Deliver;
  readonly log: Logger;
};

export interface Consumer {
  /** Finishes the batch at hand. */
  close(): Promise<void>;
}

/** The start of every NOTIFY channel; each queue has one of its own, so that nobody is woken for what others wait for. */
const channelPrefix = 'hikyaku_bus_';
/** The channel of the queue, in SQL: a name in PostgreSQL has at most 63 bytes. */
export const channelOf = (queue: string): string => `'${channelPrefix}' || md5(${queue})`;

/** Finds what nobody could notify of: an event whose publisher died in between. */
const pollMs = 5000;
/** When many arrive they wait for each other. An event that comes alone does not wait. */
const gather = { mostMs: 150, aimedAt: 20 };
/** How long a group is without a consumer after its process died. */
const lockPollMs = 500;
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
    await pause(reconnectMs, ending);
  }
}

/** With one connection, until it breaks or the consumer ends. */
async function consume(options: ConsumerOptions, waker: Waker, ending: AbortSignal): Promise<void> {
  const { url, applicationName, queue, prefetch } = options;
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 3000,
    ...statementLimits(),
    // A deletion that is lost in a crash of the server has its event delivered again: nobody has to wait for the disk.
    options: '-c synchronous_commit=off',
  });
  // The next statement fails then; waking makes that soon.
  client.on('error', () => waker.wake());
  client.on('notification', () => waker.wake());
  try {
    await client.connect();
    await client.query(`LISTEN ${channelPrefix}${createHash('md5').update(queue).digest('hex')}`);
    // Asking again and again, because a statement that waits for the lock would keep the server from cleaning up its tables.
    while (!ending.aborted && !(await isMine(client, queue))) await pause(lockPollMs, ending);
    const gathering = createGathering(gather);
    let handled: Handled[] = [];
    while (!ending.aborted) {
      // Whatever it was woken for until now is among what it takes.
      waker.forget();
      const jobs = await takeBatch(client, options, handled);
      gathering.came(jobs.length);
      handled = await deliverBatch(jobs, options.deliver);
      if (jobs.length === 0) await waker.wait(pollMs);
      const windowMs = gathering.windowMs();
      if (jobs.length < takenAtOnce(prefetch) && windowMs > 0) await pause(windowMs, ending);
    }
    // What was handled last is not to come again.
    if (handled.length > 0) await takeBatch(client, options, handled);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function isMine(client: pg.Client, queue: string): Promise<boolean> {
  const sql = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held';
  const { rows } = await client.query<{ held: boolean }>(sql, [`hikyaku.bus ${queue}`]);
  return rows[0]?.held === true;
}

type Job = { readonly id: string; readonly data: unknown };
type Handled = { readonly id: string; readonly event: CloudEvent };

/** All parts of a statement see the table as it was before. */
const take = {
  name: 'hikyaku_take',
  text: `WITH gone AS (DELETE FROM pgboss.job WHERE name = $1 AND id = ANY($2::uuid[]))
    SELECT id, data FROM pgboss.job WHERE name = $1 AND state < 'active' AND id <> ALL($2::uuid[]) ORDER BY id LIMIT $3`,
};

/** Deletes what was handled, and resolves to what comes next. */
async function takeBatch(client: pg.Client, { queue, prefetch }: ConsumerOptions, handled: readonly Handled[]): Promise<Job[]> {
  const { rows } = await client.query<Job>({ ...take, values: [queue, handled.map(({ id }) => id), takenAtOnce(prefetch)] });
  for (const { event } of handled) reached('acknowledged', event);
  return rows;
}

/** What fails does so because the bus is closing, and stays in the queue. */
async function deliverBatch(jobs: readonly Job[], deliver: Deliver): Promise<Handled[]> {
  const handled: Handled[] = [];
  await Promise.allSettled(jobs.map(async ({ id, data }) => handled.push({ id, event: await deliver(data) })));
  return handled;
}

const pause = (ms: number, ending: AbortSignal): Promise<void> => delay(ms, undefined, { signal: ending }).catch(() => undefined);
