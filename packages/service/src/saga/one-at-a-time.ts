/**
 * Lets one process at a time create or change the engine's tables: two that do it together end in a deadlock (CREATE INDEX CONCURRENTLY waits for
 * every statement under way, those that wait for it included). Asks for the lock again and again for the same reason: a statement that waits would be one
 * of those.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const pauseMs = 50;
/** Longer than the tables take; then the process goes ahead, and is started again if that was wrong. */
const patienceMs = 60_000;

/** Runs `work` while no other process of the same database does. The server lets go of the lock when the process dies. */
export async function oneAtATime<T>(url: string, name: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: name, connectionTimeoutMillis: 3000 });
  // Surfaces with the next statement.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const giveUpAt = Date.now() + patienceMs;
    while (!(await isOurs(client, name)) && Date.now() < giveUpAt) await delay(pauseMs);
    return await work();
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function isOurs(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS ours', [name]);
  return rows[0]?.ours === true;
}
