/**
 * One transaction on a connection that is pipelined, statement by statement. BEGIN leaves with the first (begin-with.ts), and until that has been answered
 * nothing else leaves: behind a BEGIN that failed alone it would be committed by itself.
 *
 *     BEGIN with the first ─► answer ─► what was given meanwhile, in its order ─► …
 */
import type { ClientBase, QueryConfig, QueryResult } from 'pg';
import { beginWith, type Begin } from './begin-with.ts';
import type { Row } from './database.ts';

export interface OpenTransaction {
  /** When the first fails, so do those that waited for it, with its error: they are not sent. */
  carryOut(query: QueryConfig): Promise<QueryResult<Row>>;
  /** Resolves to what the server made of it: `ROLLBACK` when a statement had failed. Rejects when there was no transaction. */
  commit(): Promise<string>;
  /** Never rejects: when it fails, the connection is not as it should be, and its transaction status says so. */
  rollBack(): Promise<void>;
}

/** Named, so that it is carried out by the same protocol as the others and leaves together with them. */
const commit = { name: 'commit', text: 'COMMIT' };

/** Nothing is sent before the first statement. */
export function openTransaction(client: ClientBase, begin: Begin): OpenTransaction {
  let opening: Promise<QueryResult<Row>> | undefined;
  let isOpen = false;
  const carryOut = (query: QueryConfig): Promise<QueryResult<Row>> => {
    if (isOpen) return client.query<Row>(query);
    // Those that wait leave before any that is given later: they all hear of it at the same moment.
    if (opening) return opening.then(() => client.query<Row>(query));
    opening = beginWith<Row>(client, begin, query);
    opening.then(
      () => (isOpen = true),
      // Heard of by whoever gave the first statement.
      () => undefined,
    );
    return opening;
  };
  return {
    carryOut,
    commit: async () => (opening ? (await carryOut(commit)).command : 'COMMIT'),
    rollBack: async () => {
      // Behind those that wait.
      await opening?.catch(() => undefined);
      if (opening) await client.query('ROLLBACK').catch(() => undefined);
    },
  };
}
