/**
 * The `postgres` image without its image: a real PostgreSQL server from npm, with the contract of the official image
 * (POSTGRES_USER, _PASSWORD, _DB, PGDATA, POSTGRES_INITDB_ARGS, /docker-entrypoint-initdb.d; each also as …_FILE).
 * https://github.com/docker-library/docs/blob/master/postgres/README.md
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NativeContainer, NativeImage } from '../images/image.ts';
import { ignoreMissing } from '../logs/log-file.ts';
import { killProcessesIn } from '../process/leftovers.ts';
import { postgresPrograms, unprivileged, type PostgresPrograms } from './postgres-programs.ts';
import { findProgram, pgIsReady } from './postgres-ready.ts';
import { optionWords, readSettings, socketDirectoryIn } from './postgres-settings.ts';

/**
 * Small, since it shares a laptop with everything else: little shared memory, no just-in-time compiler, no helper processes for
 * I/O or replication. Nothing that touches durability. A commit waits 2 ms for others when two more transactions are under way: many small services
 * then force the log to disk a quarter less often. Whatever the manifest's `args` set comes later and wins.
 */
const TUNING = {
  shared_buffers: '32MB',
  max_connections: '200',
  jit: 'off',
  io_method: 'sync',
  // A checkpoint every 130 MB would have the log carry whole pages again twice a minute in a busy shop.
  max_wal_size: '512MB',
  min_wal_size: '32MB',
  commit_delay: '2000',
  commit_siblings: '2',
  max_logical_replication_workers: '0',
  huge_pages: 'off',
};

export const postgres: NativeImage = {
  async prepare(container) {
    const programs = await postgresPrograms();
    const settings = readSettings(container.env);
    const dataDirectory = dataDirectoryOf(container);
    const version = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch(ignoreMissing);
    if (version === undefined) {
      // Needed once in a volume's life, and its database client is heavy.
      const { initialiseCluster } = await import('./postgres-init.ts');
      await initialiseCluster({ container, programs, settings, dataDirectory });
    } else await takeOver(dataDirectory, version.trim(), programs);

    const options = {
      listen_addresses: container.podIp,
      port: String(settings.port),
      unix_socket_directories: await ownSocketDirectory(container),
      ...TUNING,
    };
    const words = container.argv[0] === 'postgres' ? container.argv.slice(1) : container.argv;
    return unprivileged([programs.postgres, '-D', dataDirectory, ...optionWords(options), ...words]);
  },
  exec(argv, container) {
    const words = findProgram(argv, 'pg_isready', container.env);
    return words && pgIsReady(words, container);
  },
};

/** PGDATA, or the image's default: since version 18 below /var/lib/postgresql, before that its `data`. Without a volume: the container's own directory. */
function dataDirectoryOf(container: NativeContainer): string {
  const candidates = [container.env.PGDATA, '/var/lib/postgresql/18/docker', '/var/lib/postgresql/data'];
  const mounted = candidates
    .map((path) => (path === undefined ? undefined : container.locate(path)))
    .find((path) => path !== undefined);
  return mounted ?? join(container.directory, 'data');
}

/** A cluster that was used before: nobody may be left in it. The backends of a killed server need a moment to notice, and hold its memory. */
async function takeOver(dataDirectory: string, version: string, { majorVersion }: PostgresPrograms): Promise<void> {
  if (version !== majorVersion) {
    throw new Error(
      `the database in ${dataDirectory} belongs to PostgreSQL ${version}, and the native server is ${majorVersion}: dump it with ${version} and restore it`,
    );
  }
  if (process.platform !== 'linux') return;
  await killProcessesIn(dataDirectory);
  // Its pid may be somebody else's by now, which would keep the server from starting.
  await rm(join(dataDirectory, 'postmaster.pid'), { force: true });
}

/** For sockets beside TCP; none (the empty list) where the path is too long for one. */
async function ownSocketDirectory({ directory }: NativeContainer): Promise<string> {
  const own = socketDirectoryIn(directory);
  if (own === undefined) return '';
  await mkdir(own, { recursive: true, mode: 0o700 });
  return own;
}
