/**
 * One transaction on one connection. The connection is pipelined, so nothing waits for the answer to BEGIN, nor for that to what is only sent:
 *
 *     BEGIN, first statement ─► answers ─► next statement ─► answer ─► what was sent, COMMIT ─► answers
 *
 * Who takes a connection for it, and who tries again, is pool.ts' business.
 */
import type { ClientBase, QueryResult } from 'pg';
import { sqlState } from './connection-error.ts';
import type { Row, SqlValue, Transaction } from './database.ts';
import type { StatementNames } from './statement-names.ts';
import { queryable, statement } from './statements.ts';

/** Named, so that they are carried out by the same protocol as the others and leave together with them. */
const begin = { name: 'begin', text: 'BEGIN' };
const commit = { name: 'commit', text: 'COMMIT' };
/** "current transaction is aborted": the reason is an earlier statement's. */
const aborted = '25P02';

/** Every answer has come when it settles. */
export async function runTransaction<T>(
  client: ClientBase,
  names: StatementNames,
  work: (tx: Transaction) => Promise<T>,
): Promise<{ readonly value: T; readonly afterCommit: readonly (() => void)[] }> {
  const beforeNext: (() => void)[] = [];
  const afterCommit: (() => void)[] = [];
  let first: Error | undefined;
  const sendCollected = (): void => {
    for (const callback of beforeNext.splice(0)) callback();
  };
  const execute = async (sql: string, params: readonly SqlValue[]): Promise<QueryResult<Row>> => {
    sendCollected();
    try {
      return await client.query<Row>(statement(names, sql, params));
    } catch (error) {
      first ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  };
  const tx: Transaction = {
    kind: 'transaction',
    ...queryable(execute),
    // What becomes of it is in `first`.
    send: (sql, params = []) => void execute(sql, params).catch(() => undefined),
    beforeNext: (callback) => beforeNext.push(callback),
    afterCommit: (callback) => afterCommit.push(callback),
  };
  const begun = client.query(begin);
  // Heard of below; before that the first statement fails, too.
  begun.catch(() => undefined);
  try {
    const value = await work(tx);
    sendCollected();
    // Answers come in order, so with this one all have come.
    const { command } = await client.query(commit);
    await begun;
    // The server's way to say that a statement had failed, which `work` had not waited for or did not mind.
    if (command !== 'COMMIT') throw first ?? new Error('the transaction was rolled back');
    return { value, afterCommit };
  } catch (error) {
    // A rollback that fails changes nothing: the server rolls back when the connection ends.
    await client.query('ROLLBACK').catch(() => undefined);
    throw sqlState(error) === aborted && first ? first : error;
  }
}
