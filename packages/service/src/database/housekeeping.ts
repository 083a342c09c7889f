/** Forgets what the kit's tables need not remember any longer. */
import type { Database } from './database.ts';

const kept = [
  { table: 'inbox', column: 'handled_at' },
  { table: 'dead_letters', column: 'failed_at' },
  { table: 'outbox_refused', column: 'refused_at' },
] as const;
/** Longer than any client repeats a request. */
const answersKeptDays = 2;

/** In one statement, so that none takes long. */
const atOnce = 10_000;

export const housekeepingEveryMs = 60 * 60 * 1000;

/** @param keepDays longer than any event is delivered again, or replayed by hand. */
export async function forgetOld(database: Database, keepDays: number): Promise<void> {
  const forget = async (table: string, column: string, days: number): Promise<void> => {
    const sql = `WITH gone AS (
        DELETE FROM hikyaku.${table} WHERE ctid = ANY(ARRAY(
          SELECT ctid FROM hikyaku.${table} WHERE ${column} < now() - make_interval(days => $1) LIMIT $2)) RETURNING 1)
      SELECT count(*) FROM gone`;
    for (let count = atOnce; count === atOnce;)
      count = (await database.one(sql, [days, atOnce], (row) => Number(row.count))) ?? 0;
  };
  for (const { table, column } of kept) await forget(table, column, keepDays);
  await forget('idempotency', 'created_at', Math.min(answersKeptDays, keepDays));
}
