/**
 * Streams in PostgreSQL. The primary key (stream, version) is the whole of optimistic concurrency: of two writers that loaded the same
 * version, the second violates it.
 */
import { sqlState } from '../database/connection-error.ts';
import type { Queryable, Row, SqlValue } from '../database/database.ts';
import {
  ConcurrencyConflict,
  type DomainEvent,
  type EventStore,
  type EventStoreOptions,
  type Recorded,
  type Versioned,
} from './event-store.ts';
import { postgresLog } from './postgres-log.ts';

const uniqueViolation = '23505';

/** @throws TypeError for a table name that is not a plain identifier: it becomes part of statements. */
export function createEventStore<State, Event extends DomainEvent>(
  options: EventStoreOptions<State, Event>,
): EventStore<State, Event> {
  const { evolve, snapshotEvery, stateShape, parseState } = options;
  const [events, snapshots] = [identifier(options.events), identifier(options.snapshots)];
  const recorded = (streamId: string, row: Row): Recorded<Event> => ({
    ...options.parseEvent({ type: String(row.type), data: row.data }),
    streamId,
    version: Number(row.version),
    time: dateOf(row.time),
  });

  const add = (start: Versioned<State> | undefined, more: readonly Recorded<Event>[]): Versioned<State> | undefined => {
    let current = start;
    for (const event of more) current = { state: evolve(current?.state, event), version: event.version };
    return current;
  };

  const store: EventStore<State, Event> = {
    fold: (all) => add(undefined, all),

    async load(db, streamId) {
      const rows = await db.query(
        `WITH s AS (SELECT version, state FROM ${snapshots} WHERE stream_id = $1 AND shape = $2)
         SELECT version, NULL AS type, state AS data, NULL AS time FROM s
         UNION ALL
         SELECT version, type, data, time FROM ${events}
          WHERE stream_id = $1 AND version > coalesce((SELECT version FROM s), 0)
          ORDER BY version`,
        [streamId, stateShape],
      );
      const [first, ...rest] = rows;
      if (first === undefined) return undefined;
      if (first.type !== null) return store.fold(rows.map((row) => recorded(streamId, row)));
      const snapshot = { state: parseState(first.data), version: Number(first.version) };
      return add(
        snapshot,
        rest.map((row) => recorded(streamId, row)),
      );
    },

    async loadAll(db, streamIds) {
      const rows = await db.query(
        `SELECT stream_id, version, type, data, time FROM ${events} WHERE stream_id = ANY($1) ORDER BY stream_id, version`,
        [streamIds],
      );
      const byStream = Map.groupBy(rows, ({ stream_id: id }) => String(id));
      return [...byStream].flatMap(([id, own]) => store.fold(own.map((row) => recorded(id, row))) ?? []);
    },

    history: (db, streamId) =>
      db.query(`SELECT version, type, data, time FROM ${events} WHERE stream_id = $1 ORDER BY version`, [streamId], (row) =>
        recorded(streamId, row),
      ),

    async append(tx, streamId, loaded, added) {
      const before = loaded?.version ?? 0;
      const times = await insert(tx, events, { streamId, before, added });
      const stored = added.map((event, index) => ({
        ...event,
        streamId,
        version: before + index + 1,
        time: times[index] ?? new Date(),
      }));
      const after = add(loaded, stored);
      if (after === undefined) throw new TypeError(`Nothing to append to stream ${streamId}.`);
      if (Math.floor(after.version / snapshotEvery) > Math.floor(before / snapshotEvery)) {
        tx.send(
          `INSERT INTO ${snapshots} (stream_id, version, shape, state) VALUES ($1, $2, $3, $4)
           ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, shape = excluded.shape, state = excluded.state`,
          [streamId, after.version, stateShape, JSON.stringify(after.state)],
        );
      }
      return after;
    },

    ...postgresLog(events),
  };
  return store;
}

type Insertion = { readonly streamId: string; readonly before: number; readonly added: readonly DomainEvent[] };

/** One statement, however many events. Resolves to their times, in order. */
async function insert(tx: Queryable, table: string, { streamId, before, added }: Insertion): Promise<Date[]> {
  if (added.length === 0) return [];
  const rows = added.map((_, index) => `($1, $${2 + index * 3}, $${3 + index * 3}, $${4 + index * 3})`);
  const params: SqlValue[] = [streamId];
  for (const [index, { type, data }] of added.entries()) params.push(before + index + 1, type, JSON.stringify(data));
  const sql = `INSERT INTO ${table} (stream_id, version, type, data) VALUES ${rows.join(', ')} RETURNING time`;
  return tx
    .query(sql, params, ({ time }) => dateOf(time))
    .catch((error: unknown) => {
      if (sqlState(error) === uniqueViolation) throw new ConcurrencyConflict(streamId, before, { cause: error });
      throw error;
    });
}

const dateOf = (value: unknown): Date => (value instanceof Date ? value : new Date(String(value)));

function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new TypeError(`"${name}" is not the plain name of a table.`);
  return name;
}
