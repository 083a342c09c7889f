/**
 * Streams in PostgreSQL. The primary key (stream, version) is the whole of optimistic concurrency: of two writers that loaded the same
 * version, the second violates it.
 */
import type { Row, Transaction } from '../database/database.ts';
import { type DomainEvent, type EventStore, type EventStoreOptions, type Recorded, type Versioned } from './event-store.ts';
import { dateOf, insertEvents, keyOf } from './insert-events.ts';
import { postgresLog } from './postgres-log.ts';

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
      const [found] = (await store.loadEach(db, [streamId])).values();
      return found;
    },

    async loadEach(db, streamIds) {
      const rows = await db.query(selectStreams(events, snapshots), [streamIds, stateShape]);
      const states = new Map<string, Versioned<State>>();
      for (const row of rows) {
        const id = String(row.stream_id);
        const isSnapshot = row.type === null;
        const state = isSnapshot
          ? { state: parseState(row.data), version: Number(row.version) }
          : add(states.get(id), [recorded(id, row)]);
        if (state) states.set(id, state);
      }
      return states;
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
      const [after] = await store.appendEach(tx, [{ streamId, loaded, events: added }]);
      if (after === undefined) throw new TypeError(`Nothing to append to stream ${streamId}.`);
      return after;
    },

    async appendEach(tx, additions) {
      const times = await insertEvents(tx, events, additions);
      const states = additions.map(({ streamId, loaded, events: added }) => {
        const before = loaded?.version ?? 0;
        const stored = added.map((event, index) => {
          const version = before + index + 1;
          return { ...event, streamId, version, time: times.get(keyOf(streamId, version)) ?? new Date() };
        });
        const after = add(loaded, stored);
        if (after === undefined || after.version === before) throw new TypeError(`Nothing to append to stream ${streamId}.`);
        return { streamId, before, after };
      });
      for (const { streamId, before, after } of states)
        if (Math.floor(after.version / snapshotEvery) > Math.floor(before / snapshotEvery))
          writeSnapshot(tx, snapshots, streamId, stateShape, after);
      return states.map(({ after }) => after);
    },

    ...postgresLog(events),
  };
  return store;
}

/** Snapshots have no type, and come before the events behind them. */
const selectStreams = (events: string, snapshots: string): string =>
  `WITH s AS (SELECT stream_id, version, state FROM ${snapshots} WHERE stream_id = ANY($1) AND shape = $2)
   SELECT stream_id, version, NULL AS type, state AS data, NULL AS time FROM s
   UNION ALL
   SELECT e.stream_id, e.version, e.type, e.data, e.time FROM ${events} e LEFT JOIN s USING (stream_id)
    WHERE e.stream_id = ANY($1) AND e.version > coalesce(s.version, 0)
    ORDER BY stream_id, version`;

function writeSnapshot(
  tx: Transaction,
  table: string,
  streamId: string,
  shape: number,
  { state, version }: Versioned<unknown>,
): void {
  tx.send(
    `INSERT INTO ${table} (stream_id, version, shape, state) VALUES ($1, $2, $3, $4)
     ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, shape = excluded.shape, state = excluded.state`,
    [streamId, version, shape, JSON.stringify(state)],
  );
}

function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new TypeError(`"${name}" is not the plain name of a table.`);
  return name;
}
