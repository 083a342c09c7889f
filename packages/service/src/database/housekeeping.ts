/** Forgets what the kit's tables need not remember any longer. */
import type { Database } from './database.ts';

/** Longer than any event is redelivered or replayed by hand, and than any client repeats a request. */
const retention = [
  { table: 'inbox', column: 'handled_at', days: 30 },
  { table: 'dead_letters', column: 'failed_at', days: 30 },
  { table: 'idempotency', column: 'created_at', days: 2 },
] as const;

export const housekeepingEveryMs = 60 * 60 * 1000;

export async function forgetOld(database: Database): Promise<void> {
  for (const { table, column, days } of retention)
    await database.query(`DELETE FROM hikyaku.${table} WHERE ${column} < now() - make_interval(days => $1)`, [days]);
}
