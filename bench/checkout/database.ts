/** What the benchmark asks of PostgreSQL as its administrator: more stock before, how the orders ended and what it all cost after. */
import { query } from '../../test/support/shop.ts';
import type { System } from '../../test/support/system.ts';

/** Cumulated since the server started. */
export interface DatabaseWork {
  /** Transactions committed, by database. */
  commits: Map<string, number>;
  walBytes: number;
  /** Times the log was forced to disk. */
  walSyncs: number;
}

/** Adds `pieces` to the initial stock of every product, so that nothing sells out; returns the products. */
export async function addStock(system: System, pieces: number): Promise<string[]> {
  const sql = `UPDATE stock SET initial = initial + ${pieces}, available = available + ${pieces} RETURNING product_id`;
  const rows = await query<{ product_id: string }>(system, 'product_service', sql);
  return rows.map((row) => row.product_id);
}

export async function databaseWork(system: System): Promise<DatabaseWork> {
  const databases = await query<{ name: string; commits: string }>(
    system,
    'postgres',
    'SELECT datname AS name, xact_commit AS commits FROM pg_stat_database WHERE datname IS NOT NULL ORDER BY datname',
  );
  const [wal] = await query<{ bytes: string; syncs: string }>(
    system,
    'postgres',
    `SELECT (SELECT wal_bytes FROM pg_stat_wal) AS bytes, (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal') AS syncs`,
  );
  return {
    commits: new Map(databases.map(({ name, commits }) => [name, Number(commits)])),
    walBytes: Number(wal?.bytes),
    walSyncs: Number(wal?.syncs),
  };
}

export async function countPending(system: System): Promise<number> {
  const [row] = await query<{ open: string }>(
    system,
    'order_service',
    `SELECT count(*) AS open FROM orders WHERE status = 'pending'`,
  );
  return Number(row?.open);
}

export interface Ending {
  status: string;
  /** Milliseconds since 1970: when the order was confirmed or cancelled; undefined while it is pending. */
  endedAt: number | undefined;
}

/** Every order, by its id. Read once, from the orders' own events: following each order meanwhile would be a load of its own. */
export async function orderEndings(system: System): Promise<Map<string, Ending>> {
  const rows = await query<{ id: string; status: string; ended: Date | null }>(
    system,
    'order_service',
    `SELECT o.id, o.status, min(e.time) AS ended
       FROM orders o LEFT JOIN order_events e ON e.stream_id = o.id AND e.type IN ('OrderConfirmed', 'OrderCancelled')
      GROUP BY o.id`,
  );
  return new Map(rows.map(({ id, status, ended }) => [id, { status, endedAt: ended?.getTime() }]));
}
