/** Forgets what the kit's tables need not remember any longer. */
import type { Database } from './database.ts';

const kept = [
  { table: 'inbox', column: 'handled_at' },
  { table: 'dead_letters', column: 'failed_at' },
  { table: 'outbox_refused', column: 'refused_at' },
] as const;
/** Longer than any client repeats a request. */
const answersKeptDays = 2;

export const housekeepingEveryMs = 60 * 60 * 1000;

/** @param keepDays longer than any event is delivered again, or replayed by hand. */
export async function forgetOld(database: Database, keepDays: number): Promise<void> {
  const forget = (table: string, column: string, days: number) =>
    database.query(`DELETE FROM hikyaku.${table} WHERE ${column} < now() - make_interval(days => $1)`, [days]);
  for (const { table, column } of kept) await forget(table, column, keepDays);
  await forget('idempotency', 'created_at', Math.min(answersKeptDays, keepDays));
}
