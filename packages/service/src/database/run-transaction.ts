/**
 * One transaction on one connection. The connection is pipelined, so nothing waits for the answer to what is only sent:
 *
 *     BEGIN with the first statement ─► answer ─► next statement ─► answer ─► what was sent, COMMIT ─► answers
 *
 * Nothing leaves when it is over, either: it would be committed by itself, or become part of somebody else's.
 * Who takes a connection for it, and who tries again, is pool.ts' business.
 */
import type { ClientBase } from 'pg';
import { sqlState } from './connection-error.ts';
import type { Transaction } from './database.ts';
import { openTransaction } from './open-transaction.ts';
import type { StatementNames } from './statement-names.ts';
import { queryable, statement, type Execute } from './statements.ts';

const begin = { name: 'begin', text: 'BEGIN' };
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
  const connection = openTransaction(client, begin);
  let isOver = false;
  let first: Error | undefined;
  const sendCollected = (): void => {
    for (const callback of beforeNext.splice(0)) callback();
  };
  const execute: Execute = async (sql, params) => {
    if (isOver) throw new Error('a statement came after the end of its transaction, and was not carried out');
    sendCollected();
    try {
      return await connection.carryOut(statement(names, sql, params));
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
  try {
    const value = await work(tx);
    sendCollected();
    isOver = true;
    // Answers come in order, so with this one all have come.
    const command = await connection.commit();
    // The server's way to say that a statement had failed, which `work` had not waited for or did not mind.
    if (command !== 'COMMIT') throw first ?? new Error('the transaction was rolled back');
    return { value, afterCommit };
  } catch (error) {
    isOver = true;
    await connection.rollBack();
    throw sqlState(error) === aborted && first ? first : error;
  }
}
