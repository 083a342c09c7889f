/**
 * Tables to read from, made from the streams of an event store. Whoever appends to a stream writes its projection in the same transaction, so
 * readers see no delay. When the tables were wrong, or are to look different, they are rebuilt from the events while the system
 * runs:
 *
 *     request ─► copies of the tables, empty, in a schema of their own ("shadow")
 *                  │  the log from its beginning, batch by batch; each batch commits with the position it reached
 *                  ▼
 *                caught up ─► appending is locked for a moment ─► the last events ─► the shadow takes the tables' place
 *
 * A process that dies in between leaves the position behind, and another one goes on from there.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { sqlState, unreachableReason } from '../database/connection-error.ts';
import type { Database, Row, Transaction } from '../database/database.ts';
import { createWaker } from '../waker.ts';
import type { DomainEvent, EventStore, Versioned } from './event-store.ts';

export type ProjectionOptions<State, Event extends DomainEvent> = {
  /** Unique within the service. */
  readonly name: string;
  readonly database: Database;
  readonly store: EventStore<State, Event>;
  /** Plain names of its tables in schema `public`. Constraints and indexes must have the names PostgreSQL gives by itself. */
  readonly tables: readonly string[];
  /**
   * Writes states to the tables of that schema. It may get the same state again, or an older one, which must change nothing: rows
   * keep the version they show.
   */
  readonly write: (tx: Transaction, schema: string, states: readonly Versioned<State>[]) => Promise<void>;
  readonly log: Logger;
  /** Events read at a time. Default 500. */
  readonly batchSize?: number;
};

export type ProjectionStatus = {
  readonly name: string;
  /** `live` also when it was never rebuilt. While it is rebuilt, and when that failed, the tables as they were go on being used. */
  readonly state: 'live' | 'rebuilding' | 'failed';
  /** Of the last rebuild: events worked in so far, and events there were in all when that was last counted. */
  readonly events?: { readonly done: number; readonly total: number };
  readonly requestedAt?: Date;
  readonly completedAt?: Date;
  /** Why it failed. */
  readonly error?: string;
};

export interface Projection<State> {
  /** Writes states to the live tables. */
  write(tx: Transaction, states: readonly Versioned<State>[]): Promise<void>;
  status(): Promise<ProjectionStatus>;
  /** Asks for a rebuild. One that is under way goes on, and false is returned. */
  requestRebuild(): Promise<boolean>;
  /** Rebuilds whenever that was asked for, here or in another process, until the signal is aborted. For a service's `task`. */
  work(signal: AbortSignal): Promise<void>;
}

/** A process that lost its database for longer than this, or died, has lost the rebuild to another one. */
const leaseMs = 10_000;
/** Finds what another process was asked for or has left behind; what this one is asked for begins at once. */
const pollMs = 5000;
const lockPatienceMs = 2000;
const lockNotAvailable = '55P03';

export function createProjection<State, Event extends DomainEvent>(options: ProjectionOptions<State, Event>): Projection<State> {
  const { name, database, write, log } = options;
  const waker = createWaker();
  const shadow = `shadow_of_${name}`;
  const runner = randomUUID();
  return {
    write: (tx, states) => write(tx, 'public', states),
    status: async () => (await database.one(selectStatus, [name], readStatus)) ?? { name, state: 'live' },
    async requestRebuild() {
      const total = await options.store.count(database);
      const requested = await database.transaction((tx) => request(tx, { name, shadow, total, tables: options.tables }));
      if (requested) waker.wake();
      return requested;
    },
    async work(signal) {
      signal.addEventListener('abort', () => waker.wake(), { once: true });
      while (!signal.aborted) {
        if (await claim(database, name, runner)) await rebuild(options, { runner, shadow, signal });
        else await waker.wait(pollMs);
      }
      log.debug({ projection: name }, 'no longer looking after the projection');
    },
  };
}

const selectStatus = `SELECT name, state, events_done, events_total, requested_at, completed_at, error
                        FROM hikyaku.projections WHERE name = $1`;

function readStatus(row: Row): ProjectionStatus {
  const { state, requested_at: requestedAt, completed_at: completedAt, error } = row;
  return {
    name: String(row.name),
    state: state === 'rebuilding' || state === 'failed' ? state : 'live',
    events: { done: Number(row.events_done), total: Number(row.events_total) },
    ...(requestedAt instanceof Date ? { requestedAt } : {}),
    ...(completedAt instanceof Date ? { completedAt } : {}),
    ...(typeof error === 'string' ? { error } : {}),
  };
}

type Request = { readonly name: string; readonly shadow: string; readonly total: number; readonly tables: readonly string[] };

async function request(tx: Transaction, { name, shadow, total, tables }: Request): Promise<boolean> {
  const isNew = await tx.one(
    `INSERT INTO hikyaku.projections AS p (name, state, events_total) VALUES ($1, 'rebuilding', $2)
     ON CONFLICT (name) DO UPDATE SET state = 'rebuilding', position = NULL, events_done = 0, events_total = $2, runner = NULL,
       lease_until = NULL, requested_at = now(), completed_at = NULL, error = NULL WHERE p.state <> 'rebuilding'
     RETURNING 1`,
    [name, total],
  );
  if (!isNew) return false;
  await tx.query(`DROP SCHEMA IF EXISTS ${shadow} CASCADE`);
  await tx.query(`CREATE SCHEMA ${shadow}`);
  for (const table of tables) await tx.query(`CREATE TABLE ${shadow}.${table} (LIKE public.${table} INCLUDING ALL)`);
  return true;
}

async function claim(database: Database, name: string, runner: string): Promise<boolean> {
  const claimed = await database.one(
    `UPDATE hikyaku.projections SET runner = $2, lease_until = now() + make_interval(secs => $3)
      WHERE name = $1 AND state = 'rebuilding' AND (runner IS NULL OR runner = $2 OR lease_until < now()) RETURNING 1`,
    [name, runner, leaseMs / 1000],
  );
  return claimed !== undefined;
}

type Run = { readonly runner: string; readonly shadow: string; readonly signal: AbortSignal };

/** Comes back when it is done, has failed, was lost to another process, or is to stop. Throws when the database is away. */
async function rebuild<State, Event extends DomainEvent>(options: ProjectionOptions<State, Event>, run: Run): Promise<void> {
  const { name, database, log, batchSize = 500 } = options;
  try {
    while (!run.signal.aborted) {
      const read = await database.transaction((tx) => catchUp(tx, options, run, { isLast: false }));
      if (read === undefined) return;
      if (read === batchSize || !(await takePlace(options, run))) continue;
      log.info({ projection: name }, 'projection rebuilt');
      return;
    }
  } catch (error) {
    if (unreachableReason(error) !== undefined) throw error;
    log.error({ err: error, projection: name }, 'projection could not be rebuilt');
    await database.query(
      `UPDATE hikyaku.projections SET state = 'failed', error = $3 WHERE name = $1 AND runner = $2 AND state = 'rebuilding'`,
      [name, run.runner, error instanceof Error ? error.message : String(error)],
    );
  }
}

/** Works one batch into the shadow; resolves to its number of events, `undefined` when the rebuild is not this process' any more. */
async function catchUp<State, Event extends DomainEvent>(
  tx: Transaction,
  { name, store, write, batchSize = 500 }: ProjectionOptions<State, Event>,
  { runner, shadow }: Run,
  { isLast }: { isLast: boolean },
): Promise<number | undefined> {
  // Locks the row: a process that took over waits here, and one that lost it finds nothing.
  const own = await tx.one(
    `SELECT position FROM hikyaku.projections WHERE name = $1 AND runner = $2 AND state = 'rebuilding' FOR UPDATE`,
    [name, runner],
  );
  if (!own) return undefined;
  const from = typeof own.position === 'string' ? own.position : undefined;
  const { streamIds, events, position } = await store.changes(tx, from, batchSize, isLast);
  if (streamIds.length > 0) await write(tx, shadow, await store.loadAll(tx, streamIds));
  await tx.query(
    `UPDATE hikyaku.projections SET position = $2, events_done = events_done + $3,
       events_total = greatest(events_total, events_done + $3), lease_until = now() + make_interval(secs => $4) WHERE name = $1`,
    [name, position ?? null, events, leaseMs / 1000],
  );
  return events;
}

/** Lets the shadow take the tables' place, when nothing much is missing; false when it has to be tried again. */
async function takePlace<State, Event extends DomainEvent>(options: ProjectionOptions<State, Event>, run: Run): Promise<boolean> {
  const { name, database, store, tables, batchSize = 500 } = options;
  const work = async (tx: Transaction): Promise<boolean> => {
    await store.lock(tx, lockPatienceMs);
    for (let read: number | undefined = batchSize; read === batchSize;) {
      read = await catchUp(tx, options, run, { isLast: true });
      if (read === undefined) return true;
    }
    for (const table of tables) {
      await tx.query(`DROP TABLE public.${table}`);
      await tx.query(`ALTER TABLE ${run.shadow}.${table} SET SCHEMA public`);
    }
    await tx.query(`DROP SCHEMA ${run.shadow}`);
    await tx.query(`UPDATE hikyaku.projections SET state = 'live', completed_at = now(), runner = NULL WHERE name = $1`, [name]);
    return true;
  };
  return database.transaction(work).catch((error: unknown) => {
    if (sqlState(error) === lockNotAvailable) return false;
    throw error;
  });
}
