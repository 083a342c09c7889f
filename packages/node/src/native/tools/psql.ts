/**
 * `psql` for hooks and scripts of the native PostgreSQL: runs the statements of files, of `-c`, or of its input, and prints rows plainly (fields separated by `|`,
 * as with `-A`). Not the interactive program; what it does not know, it refuses.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { isLocal } from '../postgres-ready.ts';
import { readSettings, socketDirectoryIn } from '../postgres-settings.ts';
import { runScript, type Rows } from '../sql-run.ts';
import { environment } from './environment.ts';

/** As psql has them. */
const FAILED = 1;
const NO_CONNECTION = 2;
const SCRIPT_FAILED = 3;

class Refused extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

const { podIp, env } = environment();
try {
  await main();
} catch (error) {
  process.stderr.write(`psql: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof Refused ? error.exitCode : FAILED;
}

async function main(): Promise<void> {
  const { values, positionals, tokens } = parse(process.argv.slice(2));
  const [positionalDatabase, positionalUser] = positionals;
  const user = values.username ?? positionalUser ?? env.PGUSER ?? 'postgres';
  const database = values.dbname ?? positionalDatabase ?? env.PGDATABASE ?? user;
  const stopsAtErrors = readVariables(values.set ?? []);
  const actions = tokens.flatMap((token) => (token.kind === 'option' && token.value !== undefined ? [token] : []));
  const scripts = actions.filter(({ name }) => name === 'command' || name === 'file');
  const connect = (name: string) => open({ user, database: name, host: values.host, port: values.port });

  for (const { name, value } of scripts.length > 0 ? scripts : [{ name: 'file', value: '-' }]) {
    const isCommand = name === 'command';
    const onError = (error: Error): void => {
      if (isCommand || stopsAtErrors) throw new Refused(`ERROR:  ${error.message}`, isCommand ? FAILED : SCRIPT_FAILED);
      process.stderr.write(`psql: ERROR:  ${error.message}\n`);
    };
    const onResult = (result: Rows): void => print(result, values);
    await runScript(isCommand ? value : readScript(value), { database, connect, onError, onResult });
  }
}

function parse(words: string[]) {
  return parseArgs({
    args: words,
    allowPositionals: true,
    tokens: true,
    options: {
      host: { type: 'string', short: 'h' },
      port: { type: 'string', short: 'p' },
      username: { type: 'string', short: 'U' },
      dbname: { type: 'string', short: 'd' },
      command: { type: 'string', short: 'c', multiple: true },
      file: { type: 'string', short: 'f', multiple: true },
      set: { type: 'string', short: 'v', multiple: true },
      quiet: { type: 'boolean', short: 'q' },
      'tuples-only': { type: 'boolean', short: 't' },
      'no-align': { type: 'boolean', short: 'A' },
      'no-psqlrc': { type: 'boolean', short: 'X' },
      'no-password': { type: 'boolean', short: 'w' },
    },
  });
}

/** Whether the first error ends a script; the other variables are for texts that refer to them, which are not understood. */
function readVariables(assignments: string[]): boolean {
  const unknown = assignments.find((each) => !each.startsWith('ON_ERROR_STOP'));
  if (unknown !== undefined) throw new Refused(`variables other than ON_ERROR_STOP are not supported: ${unknown}`, FAILED);
  return assignments.some((each) => /^ON_ERROR_STOP=(?:1|on|true|yes)$/i.test(each));
}

function readScript(file: string): string {
  return readFileSync(file === '-' ? 0 : file, 'utf8');
}

interface Target {
  user: string;
  database: string;
  host: string | undefined;
  port: string | undefined;
}

/** To the Pod's own server by its socket, where nobody is asked for a password; by TCP, with the server's password, when the path is too long for a socket. */
async function open({ user, database, host = env.PGHOST, port = env.PGPORT ?? '5432' }: Target): Promise<Client> {
  const directory = socketDirectoryIn(process.cwd());
  const hasSocket = directory !== undefined && existsSync(join(directory, `.s.PGSQL.${port}`));
  const local = hasSocket ? directory : podIp;
  const password = env.PGPASSWORD ?? (isLocal(host) ? readSettings(env).password : undefined);
  const client = new Client({
    user,
    database,
    password,
    host: host === undefined || isLocal(host) ? local : host,
    port: Number(port),
  });
  // A server that goes away fails the statement, too.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new Refused(`connection to server failed: ${error instanceof Error ? error.message : String(error)}`, NO_CONNECTION);
  }
  return client;
}

function print({ command, fields, rows }: Rows, options: { quiet?: boolean; 'tuples-only'?: boolean }): void {
  if (fields.length === 0) {
    if (options.quiet !== true) writeLine(command);
    return;
  }
  if (options['tuples-only'] !== true) writeLine(fields.map(({ name }) => name).join('|'));
  for (const row of rows) writeLine(row.map((value) => value ?? '').join('|'));
}

function writeLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
