/**
 * The first start on an empty volume: a cluster is made, the database and the init scripts go in, and only then does it get its
 * name. Whatever is interrupted before that leaves nothing behind but a directory that the next start removes.
 *
 *     <data>.initialising   initdb → server on a socket nobody knows → scripts → stop → sync
 *     <data>                rename
 */
import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import type { Helper, NativeContainer } from '../images/image.ts';
import { ignoreMissing } from '../logs/log-file.ts';
import { killProcessesIn } from '../process/leftovers.ts';
import { sleep } from '../timing.ts';
import { unprivileged, type PostgresPrograms } from './postgres-programs.ts';
import { optionWords, type PostgresSettings } from './postgres-settings.ts';
import { runScript } from './sql-run.ts';

export interface Initialisation {
  container: NativeContainer;
  programs: PostgresPrograms;
  settings: PostgresSettings;
  dataDirectory: string;
}

const SCRIPTS = '/docker-entrypoint-initdb.d';

export async function initialiseCluster(initialisation: Initialisation): Promise<void> {
  const { container, programs, dataDirectory } = initialisation;
  const unfinished = `${dataDirectory}.initialising`;
  requirePassword(initialisation.settings);
  if (process.platform === 'linux') await killProcessesIn(unfinished);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(dataDirectory), { recursive: true, mode: 0o700 });

  await makeCluster(unfinished, initialisation);
  await fillCluster(unfinished, initialisation);
  // One sync of everything now instead of one for every file along the way.
  await container.run(unprivileged([programs.initdb, '--sync-only', '-D', unfinished]));
  await moveIntoPlace(unfinished, dataDirectory);
}

function requirePassword({ password, hostAuthMethod }: PostgresSettings): void {
  if (password !== undefined || hostAuthMethod === 'trust') return;
  throw new Error(
    'database is uninitialized and superuser password is not specified: set POSTGRES_PASSWORD to a non-empty value',
  );
}

async function makeCluster(directory: string, { container, programs, settings }: Initialisation): Promise<void> {
  const secrets = await mkdtemp(join(container.directory, 'initdb-'));
  const passwordFile = join(secrets, 'password');
  await writeFile(passwordFile, settings.password ?? '', { mode: 0o600 });
  try {
    await container.run(
      unprivileged([
        programs.initdb,
        ...[
          '-D',
          directory,
          `--username=${settings.user}`,
          '--no-sync',
          '--no-instructions',
          '--auth-local=trust',
          `--auth-host=${settings.hostAuthMethod}`,
        ],
        ...(settings.password === undefined ? [] : [`--pwfile=${passwordFile}`]),
        // The same on every machine, whatever locales it has.
        ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
        ...settings.initdbArgs,
      ]),
    );
  } finally {
    await rm(secrets, { recursive: true, force: true });
  }
  // initdb lets in 127.0.0.1 alone; Pods come from their own addresses.
  await appendFile(join(directory, 'pg_hba.conf'), `\nhost all all all ${settings.hostAuthMethod}\n`);
}

/** Creates the database and runs the scripts, through a server that listens on a socket only: nobody may find it half done. */
async function fillCluster(directory: string, { container, programs, settings }: Initialisation): Promise<void> {
  // Short enough for a socket wherever the workspace is, and closed to others.
  const socketDirectory = await mkdtemp(join(container.temporaryDirectory, 'hikyaku-'));
  const options = {
    listen_addresses: '',
    port: String(settings.port),
    unix_socket_directories: socketDirectory,
    fsync: 'off',
    shared_buffers: '32MB',
  };
  const server = await container.start(unprivileged([programs.postgres, '-D', directory, ...optionWords(options)]));
  try {
    const connect = (database: string) => openClient(server, { ...settings, database, host: socketDirectory }, container.signal);
    if (settings.database !== 'postgres') {
      const client = await connect('postgres');
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(settings.database)}`).finally(() => client.end());
    }
    await runScripts(container, settings.database, connect);
  } finally {
    await server.stop('SIGINT');
    await rm(socketDirectory, { recursive: true, force: true });
  }
}

type Connect = (database: string) => Promise<Client>;

async function runScripts(container: NativeContainer, database: string, connect: Connect): Promise<void> {
  const directory = container.locate(SCRIPTS);
  const names = directory === undefined ? undefined : await readdir(directory).catch(ignoreMissing);
  for (const name of (names ?? []).filter((candidate) => !candidate.startsWith('.')).toSorted()) {
    const content = await readFile(join(directory ?? '', name));
    await container.log(`${SCRIPTS}/${name}: running`);
    if (/\.sql(\.gz)?$/.test(name))
      await runSql((name.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8'), name, database, connect);
    else if (name.endsWith('.sh'))
      throw new Error(`${SCRIPTS}/${name}: shell scripts are not supported by the native PostgreSQL; write it as .sql`);
    else await container.log(`${SCRIPTS}/${name}: ignored (not .sql or .sql.gz)`);
  }
}

async function runSql(text: string, name: string, database: string, connect: Connect): Promise<void> {
  try {
    await runScript(text, { database, connect });
  } catch (error) {
    throw new Error(`${SCRIPTS}/${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Connects as soon as the server takes connections; throws when it ended instead. */
async function openClient(
  server: Helper,
  options: { user: string; password: string | undefined; database: string; host: string; port: number },
  signal: AbortSignal,
) {
  let exitCode: number | undefined;
  void server.exited.then((code) => {
    exitCode = code;
  });
  for (;;) {
    const client = new Client(options);
    try {
      await client.connect();
      return client;
    } catch (error) {
      signal.throwIfAborted();
      if (exitCode !== undefined) throw new Error(`the server ended with exit code ${exitCode}`, { cause: error });
      if (!isStarting(error)) throw error;
      await sleep(20, signal);
    }
  }
}

/** No socket yet, or one that says "the database system is starting up" (57P03). */
function isStarting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ECONNREFUSED', '57P03'].includes(String(error.code));
}

async function moveIntoPlace(from: string, to: string): Promise<void> {
  try {
    // Replaces an empty directory, which a volume begins as.
    await rename(from, to);
  } catch (error) {
    throw new Error(`${to} is not empty, but has no database in it`, { cause: error });
  }
  const parent = await open(dirname(to));
  await parent.sync();
  await parent.close();
}
