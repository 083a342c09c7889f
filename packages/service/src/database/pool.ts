/** The Database on node-postgres. What happens when no connection can be had is connecting.ts'. */
import pg from 'pg';
import type { Logger } from 'pino';
import { sqlState, stalePlan, statementLost, unreachableReason } from './connection-error.ts';
import { connectPatiently, createConnecting } from './connecting.ts';
import { BurstSocket } from './burst-socket.ts';
import type { Guard } from '../resilience/guard.ts';
import type { Database, Row, Transaction } from './database.ts';
import { runTransaction } from './run-transaction.ts';
import { statementLimits } from './statement-limits.ts';
import { createStatementNames, type StatementNames } from './statement-names.ts';
import { queryable, statement } from './statements.ts';

export type PoolOptions = {
  readonly url: string;
  readonly log: Logger;
  /** Seen in pg_stat_activity. */
  readonly applicationName: string;
  /** Around getting a connection, made with `connectionGuard`. Without one every caller waits for a database that is away. */
  readonly guard?: Guard;
  /** Default 6. */
  readonly connections?: number;
  /** How long a caller waits for a database that is away. Default 4000. */
  readonly patienceMs?: number;
  /** Longest time for a statement, in milliseconds; 0 is no limit. Default 30,000. */
  readonly statementTimeoutMs?: number | undefined;
};

export interface DatabasePool extends Database {
  readonly url: string;
  /** Why the database cannot be reached now; `undefined` when it can. */
  unreachable(): Promise<string | undefined>;
  /** Waits for statements that run, then disconnects. May be called twice. */
  close(): Promise<void>;
}

const serializationFailures = new Set(['40001', '40P01']);
const transactionAttempts = 3;

export function openPool(options: PoolOptions): DatabasePool {
  const { url, log, applicationName, guard, connections = 6, patienceMs = 4000 } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: applicationName,
    connectionTimeoutMillis: 3000,
    ...statementLimits(options.statementTimeoutMs),
    // A connection is a process of the server's with megabytes of its own; a new one takes both sides some ten milliseconds of their processors.
    idleTimeoutMillis: 5000,
    pipeline: true,
    stream: () => new BurstSocket(),
    types: { getTypeParser },
  });
  // Idle connections break when the server goes away; the pool replaces them, and callers hear of it by themselves.
  pool.on('error', (error) =>
    log.warn({ reason: unreachableReason(error) ?? error.message }, 'lost an idle database connection'),
  );
  // A connection that breaks while it is in use also fails its statement; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const connect = guard ? createConnecting(pool, guard, patienceMs) : () => connectPatiently(pool, patienceMs);
  const names = createStatementNames();
  let closed: Promise<void> | undefined;
  return {
    url,
    ...queryable((sql, params) =>
      withFreshPlans(names, async () => {
        const client = await connect();
        return releasing(client, () => client.query<Row>(statement(names, sql, params)));
      }),
    ),
    transaction: (work) => withFreshPlans(names, () => withRetries(() => inTransaction(connect, names, work))),
    unreachable: () =>
      pool.query('SELECT 1').then(
        () => undefined,
        (error: unknown) => unreachableReason(error) ?? String(error),
      ),
    close: () => (closed ??= pool.end()),
  };
}

/** Once more when a plan was stale: with the new names none is. */
async function withFreshPlans<T>(names: StatementNames, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (sqlState(error) !== stalePlan) throw error;
    names.renew();
    return await attempt();
  }
}

async function inTransaction<T>(
  connect: () => Promise<pg.PoolClient>,
  names: StatementNames,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await connect();
  const { value, afterCommit } = await releasing(client, () => runTransaction(client, names, work));
  for (const callback of afterCommit) callback();
  return value;
}

async function withRetries<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (attempts >= transactionAttempts || !serializationFailures.has(sqlState(error) ?? '')) throw error;
    }
  }
}

/** Gives the connection back, or throws it away when it broke, or is not as others expect it. */
async function releasing<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    client.release(isInTransaction(client));
    return result;
  } catch (error) {
    client.release(unreachableReason(error) !== undefined || sqlState(error) === statementLost || isInTransaction(client));
    throw error;
  }
}

/** Whoever had the connection next would be part of it. */
const isInTransaction = (client: pg.PoolClient): boolean => client.getTransactionStatus() !== 'I';

/** int8 as a number where it is exact: counts are, and they are what a bigint column usually holds. */
function parseInt8(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** As the driver's own, but for int8. */
const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (oid, format): ((text: string) => unknown) =>
  oid === pg.types.builtins.INT8 ? parseInt8 : pg.types.getTypeParser(oid, format);
