/**
 * Runs an SQL script statement by statement, as psql would.
 */
import type { Client, QueryResult } from 'pg';
import { splitScript } from './sql-script.ts';

/** Values as the server writes them. */
export type Rows = QueryResult<(string | null)[]>;

export interface ScriptOptions {
  /** For the whole script, or until it says `\connect`. */
  database: string;
  connect: (database: string) => Promise<Client>;
  /** Not told of the statements whose results are statements (`\gexec`). */
  onResult?: (result: Rows) => void;
  /** A statement has failed: throws to end the script, or returns to go on with the next one. Without it, the first failure ends the script. */
  onError?: (error: Error) => void;
}

const AS_WRITTEN = { getTypeParser: () => String };

/** Throws what `connect` and `onError` throw, and for commands of psql that are not supported; nothing has been run then. */
export async function runScript(text: string, options: ScriptOptions): Promise<void> {
  const { database, connect, onResult = () => undefined } = options;
  const steps = splitScript(text);
  let client = await connect(database);
  try {
    for (const { sql, connectTo, isGexec = false } of steps) {
      if (connectTo !== undefined) {
        await client.end();
        client = await connect(connectTo);
        continue;
      }
      const result = await run(client, sql, options);
      const generated = isGexec ? (result?.rows.flat() ?? []) : [];
      if (!isGexec && result !== undefined) onResult(result);
      for (const each of generated.filter((value) => value !== null)) await run(client, each, options);
    }
  } finally {
    await client.end();
  }
}

async function run(client: Client, sql: string, { onError }: ScriptOptions): Promise<Rows | undefined> {
  try {
    return await client.query<(string | null)[]>({ text: sql, rowMode: 'array', types: AS_WRITTEN });
  } catch (error) {
    if (onError === undefined || !(error instanceof Error)) throw error;
    onError(error);
    return undefined;
  }
}
