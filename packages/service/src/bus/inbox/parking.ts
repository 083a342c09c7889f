/**
 * The inbox tables of one group, as statements: which events it has handled (`inbox`), which wait for another attempt or behind one that
 * does (`inbox_parked`), and which were given up (`dead_letters`). An event is in at most one of the last two.
 */
import type { Database, Row, SqlValue, Transaction } from '../../database/database.ts';
import { Value } from 'typebox/value';
import { CloudEvent } from '../event.ts';

export type Parked = {
  readonly id: string;
  readonly event: CloudEvent;
  /** Counting the one it was taken for. */
  readonly attempts: number;
};

export interface Parking {
  /** Notes events of different subjects as handled; resolves to those that were not before, and need not wait behind one of their subject. */
  note(tx: Transaction, events: readonly CloudEvent[]): Promise<readonly CloudEvent[]>;
  /** Keeps the event, to be tried again after a pause that its attempts make longer. Undefined when it is settled or parked already. */
  park(event: CloudEvent, attempts: number, error?: string): Promise<string | undefined>;
  /** Keeps the event if one of its subject is waiting. False when nothing is known of it, so that it has to be tried. */
  parkBehind(event: CloudEvent): Promise<boolean>;
  /** Until the next attempt; 0 or less when it is due, undefined when nothing waits. */
  dueInMs(): Promise<number | undefined>;
  /** Takes what is due, the first of each subject, at most `limit`; it will be due again after its pause. */
  take(limit: number): Promise<Parked[]>;
  /** Notes a parked event as handled, and ends its waiting; false when somebody else has. */
  release(tx: Transaction, id: string): Promise<boolean>;
  /** The attempt failed: the pause begins now. */
  failed(id: string, error: string): Promise<void>;
  /** Gives a parked event up. The next of its subject may go on. */
  bury(id: string, reason: string): Promise<void>;
  /** Puts something that is no event with the dead letters. */
  buryUnreadable(standIn: CloudEvent, reason: string): Promise<void>;
}

/** 1, 2, 4 … 60 s, of which anything from half to the whole: what failed together does not come back together. */
const pauseAfter = (attempts: string) =>
  `CASE WHEN ${attempts} = 0 THEN interval '0' ELSE least(60, power(2, least(${attempts}, 10) - 1)) * (0.5 + random() / 2) * interval '1 second' END`;

/** In the order of the keys: two processes with the same events wait for each other rather than deadlock. */
const note = `INSERT INTO hikyaku.inbox (consumer, source, event_id)
  SELECT $1::text, source, event_id FROM unnest($2::text[], $3::text[], $4::text[]) AS e (source, event_id, lane)
   WHERE NOT EXISTS (SELECT FROM hikyaku.inbox_parked p WHERE p.consumer = $1 AND p.source = e.source AND p.lane = e.lane)
   ORDER BY source, event_id
  ON CONFLICT DO NOTHING RETURNING source, event_id`;

const park = `INSERT INTO hikyaku.inbox_parked (consumer, source, event_id, lane, event, attempts, error, next_attempt_at)
  SELECT $1::text, $2::text, $3::text, $4::text, $5::json, $6::integer, $7::text, now() + ${pauseAfter('$6')}
   WHERE NOT EXISTS (SELECT FROM hikyaku.inbox WHERE consumer = $1 AND source = $2 AND event_id = $3)
  ON CONFLICT (consumer, source, event_id) DO NOTHING RETURNING id`;

const parkBehind = `WITH parked AS (
    INSERT INTO hikyaku.inbox_parked (consumer, source, event_id, lane, event, attempts, next_attempt_at)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::json, 0, now()
     WHERE EXISTS (SELECT FROM hikyaku.inbox_parked WHERE consumer = $1 AND source = $2 AND lane = $4)
       AND NOT EXISTS (SELECT FROM hikyaku.inbox WHERE consumer = $1 AND source = $2 AND event_id = $3)
    ON CONFLICT (consumer, source, event_id) DO NOTHING RETURNING 1)
  SELECT EXISTS (SELECT FROM parked)
      OR EXISTS (SELECT FROM hikyaku.inbox WHERE consumer = $1 AND source = $2 AND event_id = $3)
      OR EXISTS (SELECT FROM hikyaku.inbox_parked WHERE consumer = $1 AND source = $2 AND event_id = $3) AS is_settled`;

const isFirst = `NOT EXISTS (SELECT FROM hikyaku.inbox_parked earlier
  WHERE earlier.consumer = p.consumer AND earlier.source = p.source AND earlier.lane = p.lane AND earlier.id < p.id)`;

const dueIn = `SELECT (extract(epoch FROM next_attempt_at - now()) * 1000)::float8 AS ms FROM hikyaku.inbox_parked p
  WHERE consumer = $1 AND ${isFirst} ORDER BY next_attempt_at LIMIT 1`;

/** The error stays when the process ends before it can write another. */
const take = `UPDATE hikyaku.inbox_parked SET attempts = attempts + 1, next_attempt_at = now() + ${pauseAfter('(attempts + 1)')},
    error = 'its process ended while handling it'
  WHERE id IN (SELECT id FROM hikyaku.inbox_parked p WHERE consumer = $1 AND next_attempt_at <= now() AND ${isFirst}
               ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED)
  RETURNING id, event, attempts`;

const release = `WITH gone AS (DELETE FROM hikyaku.inbox_parked WHERE id = $1 RETURNING consumer, source, event_id)
  INSERT INTO hikyaku.inbox (consumer, source, event_id) SELECT * FROM gone ON CONFLICT DO NOTHING RETURNING 1`;

const failed = `UPDATE hikyaku.inbox_parked SET error = $2, next_attempt_at = now() + ${pauseAfter('attempts')} WHERE id = $1`;

/** The note that it was handled keeps a second delivery of it away. */
const bury = `WITH gone AS (DELETE FROM hikyaku.inbox_parked WHERE id = $1 RETURNING consumer, source, event_id, lane, event, attempts),
    noted AS (INSERT INTO hikyaku.inbox (consumer, source, event_id) SELECT consumer, source, event_id FROM gone ON CONFLICT DO NOTHING)
  INSERT INTO hikyaku.dead_letters (consumer, source, event_id, lane, event, attempts, reason)
  SELECT consumer, source, event_id, lane, event, attempts, $2::text FROM gone`;

const buryUnreadable = `INSERT INTO hikyaku.dead_letters (consumer, source, event_id, lane, event, attempts, reason)
  VALUES ($1, $2, $3, $4, $5, 0, $6)`;

export function createParking(database: Database, group: string): Parking {
  const keyOf = (event: CloudEvent) => [group, event.source, event.id, laneOf(event)];
  const rowOf = (event: CloudEvent) => [...keyOf(event), JSON.stringify(event)];
  const write = async (sql: string, params: readonly SqlValue[]): Promise<void> => {
    await database.query(sql, params);
  };
  return {
    note: async (tx, events) => {
      const columns = [events.map(({ source }) => source), events.map(({ id }) => id), events.map((event) => laneOf(event))];
      const keys = await tx.query(note, [group, ...columns], ({ source, event_id: id }) => JSON.stringify([source, id]));
      const noted = new Set(keys);
      return events.filter(({ source, id }) => noted.has(JSON.stringify([source, id])));
    },
    park: (event, attempts, error) =>
      database.one(park, [...rowOf(event), attempts, error === undefined ? null : textOf(error)], ({ id }) => String(id)),
    parkBehind: async (event) => (await database.one(parkBehind, rowOf(event)))?.is_settled === true,
    dueInMs: () => database.one(dueIn, [group], ({ ms }) => Number(ms)),
    take: (limit) => database.query(take, [group, limit], readParked),
    release: async (tx, id) => (await tx.one(release, [id])) !== undefined,
    failed: (id, error) => write(failed, [id, textOf(error)]),
    bury: (id, reason) => write(bury, [id, textOf(reason)]),
    buryUnreadable: (standIn, reason) => write(buryUnreadable, [...rowOf(standIn), textOf(reason)]),
  };
}

/** What order is kept within, together with the source. */
export const laneOf = ({ subject, id }: CloudEvent): string => subject ?? id;

/** PostgreSQL's text has no NUL. */
const textOf = (message: string): string => message.replaceAll('\0', '�');

function readParked({ id, event, attempts }: Row): Parked {
  return { id: String(id), event: Value.Parse(CloudEvent, event), attempts: Number(attempts) };
}
