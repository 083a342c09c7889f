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
  /** Whole pages in the log: each page that is changed for the first time after a checkpoint. */
  walPages: number;
  checkpoints: number;
  /** Pages that were not in shared memory. */
  pagesRead: number;
  /** Pages that were written by others than the checkpointer, to make room or to make tables larger. */
  pagesWritten: number;
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
  const [sums] = await query<Record<'bytes' | 'pages' | 'syncs' | 'checkpoints' | 'read' | 'written', string>>(
    system,
    'postgres',
    `SELECT (SELECT wal_bytes FROM pg_stat_wal) AS bytes, (SELECT wal_fpi FROM pg_stat_wal) AS pages,
            (SELECT num_timed + num_requested FROM pg_stat_checkpointer) AS checkpoints,
            sum(fsyncs) FILTER (WHERE object = 'wal') AS syncs,
            sum(reads) FILTER (WHERE object = 'relation') AS read,
            sum(writes) FILTER (WHERE object = 'relation' AND backend_type <> 'checkpointer') AS written
       FROM pg_stat_io`,
  );
  return {
    commits: new Map(databases.map(({ name, commits }) => [name, Number(commits)])),
    walBytes: Number(sums?.bytes),
    walSyncs: Number(sums?.syncs),
    walPages: Number(sums?.pages),
    checkpoints: Number(sums?.checkpoints),
    pagesRead: Number(sums?.read),
    pagesWritten: Number(sums?.written),
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
