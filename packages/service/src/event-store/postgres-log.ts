/**
 * The log of all streams in PostgreSQL, for those who follow every one of them.
 *
 * It is ordered by (transaction, stream, version). A sequence would not do: its numbers are taken before the commit, so a reader
 * could pass a number whose row appears later. `pg_snapshot_xmin` is the oldest transaction that may still commit; nothing
 * below it can appear any more.
 */
import type { SqlValue } from '../database/database.ts';
import type { EventStore } from './event-store.ts';

/** @param events a plain name: it becomes part of statements. */
export function postgresLog(events: string): Pick<EventStore<never, never>, 'changes' | 'lock' | 'count'> {
  return {
    async changes(db, position, limit, settled = false) {
      const after = position === undefined ? 'true' : '(transaction_id, stream_id, version) > ($2::xid8, $3::uuid, $4::integer)';
      const params: SqlValue[] = [limit, ...(position?.split('/') ?? [])];
      const rows = await db.query(
        `SELECT transaction_id::text AS tx, stream_id, version FROM ${events}
          WHERE ${after} AND ${settled ? 'true' : 'transaction_id < pg_snapshot_xmin(pg_current_snapshot())'}
          ORDER BY transaction_id, stream_id, version LIMIT $1`,
        params,
      );
      const last = rows.at(-1);
      return {
        streamIds: [...new Set(rows.map(({ stream_id: id }) => String(id)))],
        events: rows.length,
        position: last === undefined ? position : `${String(last.tx)}/${String(last.stream_id)}/${String(last.version)}`,
      };
    },

    async lock(tx, patienceMs) {
      await tx.query(`SET LOCAL lock_timeout = ${Math.ceil(patienceMs)}`);
      // Lets everybody read; conflicts with the ROW EXCLUSIVE of an INSERT.
      await tx.query(`LOCK TABLE ${events} IN SHARE ROW EXCLUSIVE MODE`);
    },

    count: async (db) => Number((await db.one(`SELECT count(*) AS count FROM ${events}`))?.count),
  };
}
