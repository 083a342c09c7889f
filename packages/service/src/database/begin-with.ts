/**
 * BEGIN and the first statement behind it as one piece of the protocol, with one Sync: the server leaves the statement out when BEGIN fails. Sent as two pieces
 * without waiting in between, the statement would be carried out, and committed, by itself: BEGIN fails alone when it is cancelled, or when the
 * session has lost its prepared statements. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
import pg, { type ClientBase, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';

/** The name is its own on every connection. */
export type Begin = { readonly name: string; readonly text: string };

/** Names that a connection has prepared: what is only bound has no answer that the driver would take for the statement's own. */
const prepared = new WeakMap<ClientBase, Set<string>>();

/** Resolves to the answer to `first`. After a rejection there is no transaction that could commit; there may be one to roll back. */
export async function beginWith<R extends QueryResultRow>(
  client: ClientBase,
  begin: Begin,
  first: QueryConfig,
): Promise<QueryResult<R>> {
  const known = prepared.get(client);
  // Without a name it may be several statements, and those cannot be part of a piece.
  if (known?.has(begin.name) && first.name !== undefined) return together(client, begin, first);
  await client.query({ ...begin });
  if (known) known.add(begin.name);
  else prepared.set(client, new Set([begin.name]));
  return client.query<R>(first);
}

function together<R extends QueryResultRow>(client: ClientBase, begin: Begin, first: QueryConfig): Promise<QueryResult<R>> {
  return new Promise<QueryResult<R>>((resolve, reject) => {
    const query = new pg.Query<R>(first, (error, results: QueryResult<R> | [QueryResult<R>, QueryResult<R>]) => {
      if (error) reject(error);
      // Two results of one query come as an array.
      else resolve(Array.isArray(results) ? results[1] : results);
    });
    const { submit } = query;
    query.submit = (connection) => {
      connection.bind({ statement: begin.name }, true);
      connection.execute({}, true);
      submit.call(query, connection);
    };
    client.query(query);
  }).catch((error: unknown) => {
    // As the driver does for others: where it was sent from, rather than where the answer was read.
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  });
}
