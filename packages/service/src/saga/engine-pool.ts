/**
 * The engine's connections. Its statements are its own, long, and the same for every saga: here they are prepared, so that the server reads each once per
 * connection, and BEGIN leaves with the first statement of a transaction instead of a round trip before it.
 */
import pg from 'pg';
import type { Logger } from 'pino';
import { BurstSocket } from '../database/burst-socket.ts';
import { sqlState, stalePlan, unreachableReason } from '../database/connection-error.ts';
import { openTransaction, type OpenTransaction } from '../database/open-transaction.ts';
import { statementLimits } from '../database/statement-limits.ts';
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
    ...statementLimits(),
    pipeline: true,
    stream: () => new BurstSocket(),
  });
  pool.on('error', (error) => log.warn({ reason: unreachableReason(error) ?? error.message }, 'lost a connection of the sagas'));
  const names = createStatementNames();
  const transactions: Transactions = new WeakMap();
  pool.on('connect', (client) => {
    client.query = quicker(client, names, transactions);
  });
  pool.on('release', (_error, client) => transactions.delete(client));
  return pool;
}

type Query = (...args: readonly unknown[]) => Promise<unknown>;

/** Those that have begun and not ended. */
type Transactions = WeakMap<pg.PoolClient, OpenTransaction>;

const nothing = { rows: [], rowCount: null };

/** Statements as the engine sends them within its transactions, `(text, values?)` and a promise; all others are left as they are. */
function quicker(client: pg.PoolClient, names: StatementNames, transactions: Transactions): pg.PoolClient['query'] {
  const query = client.query.bind(client) as Query;
  const named = (text: string, values: readonly unknown[]): pg.QueryConfig => {
    const name = names.nameOf(text);
    return { text, values: [...values], ...(name === undefined ? {} : { name }) };
  };
  const inTurn = async (text: string, values?: readonly unknown[]): Promise<unknown> => {
    if (text.startsWith('BEGIN')) {
      transactions.set(client, openTransaction(client, { text, name: names.nameOf(text) ?? text }));
      return nothing;
    }
    const transaction = transactions.get(client);
    const isEnd = text === 'COMMIT' || text === 'ROLLBACK';
    if (isEnd) transactions.delete(client);
    if (transaction && isEnd) {
      await (text === 'COMMIT' ? transaction.commit() : transaction.rollBack());
      return nothing;
    }
    const statement = values === undefined || values.length === 0 ? { text } : named(text, values);
    try {
      return await (transaction ? transaction.carryOut(statement) : query(statement));
    } catch (error) {
      if (sqlState(error) === stalePlan) names.renew();
      throw error;
    }
  };
  const wrapped: Query = (...args) => {
    const [text, values] = args;
    const isTheirs = typeof text === 'string' && args.length <= 2 && (values === undefined || Array.isArray(values));
    return isTheirs ? inTurn(text, values) : query(...args);
  };
  return wrapped as pg.PoolClient['query'];
}
