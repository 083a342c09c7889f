/**
 * Schema migrations: a folder of `*.sql`, applied once each, in name order, every file in a transaction of its own.
 * Several processes may start at the same time; one migrates and the others wait for it. A file that was applied must
 * not change any more: that is an error, not a surprise.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import pg from 'pg';

export type MigrationSet = {
  /** Sets do not know of each other's names: the kit has its own beside the service's. */
  readonly name: string;
  /** Ends with a slash. */
  readonly folder: URL;
};

type Migration = { readonly set: string; readonly name: string; readonly sql: string; readonly checksum: string };

/** A file failed or does not fit what was applied before. */
export class MigrationError extends Error {
  readonly code = 'SERVICE_MIGRATION';

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`migration ${file}: ${reason}`, options);
    this.name = 'MigrationError';
  }
}

/**
 * Applies what is new, set by set. Resolves to the names of the files applied now.
 * @throws MigrationError; files before the failing one stay applied.
 */
export async function migrate(url: string, sets: readonly MigrationSet[]): Promise<string[]> {
  const migrations = (await Promise.all(sets.map(readSet))).flat();
  const client = new pg.Client({ connectionString: url, application_name: 'migrations' });
  // A broken connection fails the statement that needed it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Held by the session, so that a process that dies half-way lets go.
    await client.query(`SELECT pg_advisory_lock(hashtextextended('hikyaku.migrations', 0))`);
    return await applyNew(client, migrations);
  } finally {
    await client.end();
  }
}

async function readSet({ name: set, folder }: MigrationSet): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { set, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function applyNew(client: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  await client.query('CREATE SCHEMA IF NOT EXISTS hikyaku');
  await client.query(`CREATE TABLE IF NOT EXISTS hikyaku.migrations (
    set text NOT NULL, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (set, name))`);
  const { rows } = await client.query<{ set: string; name: string; checksum: string }>(
    'SELECT set, name, checksum FROM hikyaku.migrations',
  );
  const applied = new Map(rows.map(({ set, name, checksum }) => [`${set}/${name}`, checksum]));
  const changed = migrations.find(({ set, name, checksum }) => (applied.get(`${set}/${name}`) ?? checksum) !== checksum);
  if (changed) throw new MigrationError(changed.name, 'changed after it was applied; put the change into a new file');
  const pending = migrations.filter(({ set, name }) => !applied.has(`${set}/${name}`));
  for (const migration of pending) await apply(client, migration);
  return pending.map(({ name }) => name);
}

async function apply(client: pg.Client, { set, name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query('INSERT INTO hikyaku.migrations (set, name, checksum) VALUES ($1, $2, $3)', [set, name, checksum]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new MigrationError(name, error instanceof Error ? error.message : String(error), { cause: error });
  }
}
