/**
 * The engine's connections. Its statements are its own, long, and the same for every saga: here they are prepared, so that the server reads each once per
 * connection, and BEGIN leaves with the first statement of a transaction instead of a round trip before it.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { BurstSocket } from '../database/burst-socket.ts';
import { sqlState, stalePlan, unreachableReason } from '../database/connection-error.ts';
import { createStatementNames, type StatementNames } from '../database/statement-names.ts';

export type EnginePoolOptions = {
  readonly url: string;
  readonly log: Logger;
  /** Seen in pg_stat_activity. */
  readonly applicationName: string;
  readonly connections: number;
};

/** A transaction that nobody ends any more must not keep its locks. */
const idleTransactionTimeoutMs = 60_000;

export function openEnginePool({ url, log, applicationName, connections }: EnginePoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: applicationName,
    idle_in_transaction_session_timeout: idleTransactionTimeoutMs,
    pipeline: true,
    stream: () => new BurstSocket(),
  });
  pool.on('error', (error) => log.warn({ reason: unreachableReason(error) ?? error.message }, 'lost a connection of the sagas'));
  const names = createStatementNames();
  pool.on('connect', (client) => {
    client.query = quicker(client, names);
  });
  return pool;
}

type Query = (...args: readonly unknown[]) => Promise<unknown>;

/** Statements as the engine sends them within its transactions, `(text, values?)` and a promise; all others are left as they are. */
function quicker(client: pg.PoolClient, names: StatementNames): pg.PoolClient['query'] {
  const query = client.query.bind(client) as Query;
  const wrapped: Query = (...args) => {
    const [text, values] = args;
    if (typeof text !== 'string' || args.length > 2) return query(...args);
    const name = names.nameOf(text);
    if (text.startsWith('BEGIN')) {
      // When it fails, its connection is gone, and the next statement says so.
      query({ text, name }).catch(() => undefined);
      return Promise.resolve({ rows: [], rowCount: null });
    }
    if (!Array.isArray(values) || values.length === 0) return query(...args);
    return query({ text, name, values }).catch((error: unknown) => {
      if (sqlState(error) === stalePlan) names.renew();
      throw error;
    });
  };
  return wrapped as pg.PoolClient['query'];
}
