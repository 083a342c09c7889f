/** Writes events of several streams as one statement, and tells which stream had grown meanwhile. */
import { sqlState } from '../database/connection-error.ts';
import type { Queryable } from '../database/database.ts';
import { type Addition, ConcurrencyConflict, type DomainEvent } from './event-store.ts';

const uniqueViolation = '23505';

export const keyOf = (streamId: string, version: number): string => `${streamId} ${version}`;

/** One statement, however many events of however many streams. Resolves to their times. */
export async function insertEvents(
  tx: Queryable,
  table: string,
  additions: readonly Addition<unknown, DomainEvent>[],
): Promise<ReadonlyMap<string, Date>> {
  const rows = additions.flatMap(({ streamId, loaded, events }) =>
    events.map(({ type, data }, index) => ({ stream_id: streamId, version: (loaded?.version ?? 0) + index + 1, type, data })),
  );
  if (rows.length === 0) return new Map();
  const sql = `INSERT INTO ${table} (stream_id, version, type, data)
    SELECT stream_id, version, type, data FROM jsonb_populate_recordset(NULL::${table}, $1) RETURNING stream_id, version, time`;
  return tx
    .query(sql, [JSON.stringify(rows)], (row) => [keyOf(String(row.stream_id), Number(row.version)), dateOf(row.time)] as const)
    .then(
      (stored) => new Map(stored),
      (error: unknown) => {
        if (sqlState(error) === uniqueViolation) throw conflictAmong(additions, error);
        throw error;
      },
    );
}

/** The server tells the key that was taken. */
function conflictAmong(additions: readonly Addition<unknown, DomainEvent>[], cause: unknown): ConcurrencyConflict {
  const detail = cause instanceof Error && 'detail' in cause ? String(cause.detail) : '';
  const [first] = additions;
  const { streamId, loaded } = additions.find((each) => detail.includes(each.streamId)) ??
    first ?? { streamId: '', loaded: undefined };
  return new ConcurrencyConflict(streamId, loaded?.version ?? 0, { cause });
}

export const dateOf = (value: unknown): Date => (value instanceof Date ? value : new Date(String(value)));
