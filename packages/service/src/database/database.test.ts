import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../testing/postgres.ts';
import { until } from '../testing/until.ts';
import { forgetOld } from './housekeeping.ts';
import { migrate } from './migrations.ts';
import { openPool, type DatabasePool } from './pool.ts';

const log = pino({ level: 'silent' });
let postgres: TestPostgres;
let database: DatabasePool;

beforeAll(async () => {
  postgres = await startPostgres();
  database = openPool({ url: postgres.url('postgres'), log, applicationName: 'test' });
  await database.query('CREATE TABLE things (id int PRIMARY KEY, owner text)');
}, 60_000);

afterAll(async () => {
  await database.close();
  await postgres.stop();
});

describe('the pool', () => {
  it('parses rows as the caller says, and counts as numbers', async () => {
    expect(await database.one('SELECT count(*) FROM things')).toEqual({ count: 0 });
    expect(await database.query('SELECT $1::text AS word', ['hi'], (row) => row.word)).toEqual(['hi']);
    expect(await database.one('SELECT 1 WHERE false')).toBeUndefined();
  });

  it('commits what a transaction wrote and then runs what waits for the commit', async () => {
    const seen: unknown[] = [];
    await database.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (1)');
      tx.afterCommit(() => seen.push('committed'));
      expect(seen).toEqual([]);
    });
    expect(seen).toEqual(['committed']);
    expect(await database.one('SELECT id FROM things WHERE id = 1')).toEqual({ id: 1 });
  });

  it('has a statement prepared once per connection, however often it is sent', async () => {
    const prepared = await database.transaction(async (tx) => {
      for (const id of [1, 2, 3]) await tx.query('SELECT owner FROM things WHERE id = $1', [id]);
      return tx.query(`SELECT name FROM pg_prepared_statements WHERE statement = 'SELECT owner FROM things WHERE id = $1'`);
    });
    expect(prepared).toHaveLength(1);
  });

  it.each([
    { how: 'a statement', ask: (sql: string) => database.one(sql, [1]) },
    { how: 'a transaction', ask: (sql: string) => database.transaction((tx) => tx.one(sql, [1])) },
  ])('sees the new columns of a table that was changed under $how', async ({ how, ask }) => {
    const table = `changing_under_${how.replace(' ', '_')}`;
    await database.query(`CREATE TABLE ${table} AS SELECT 1 AS id`);
    const sql = `SELECT * FROM ${table} WHERE id = $1`;
    // On several connections.
    expect(await Promise.all([ask(sql), ask(sql), ask(sql)])).toEqual([{ id: 1 }, { id: 1 }, { id: 1 }]);
    await database.query(`ALTER TABLE ${table} ADD COLUMN owner text DEFAULT 'me'`);
    const now = { id: 1, owner: 'me' };
    expect(await Promise.all([ask(sql), ask(sql), ask(sql)])).toEqual([now, now, now]);
  });

  it('writes nothing when the transaction throws', async () => {
    const failing = database.transaction(async (tx) => {
      await tx.query('INSERT INTO things VALUES (2)');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await database.one('SELECT id FROM things WHERE id = 2')).toBeUndefined();
  });

  it('runs a transaction again that lost against another one', async () => {
    await database.query(`INSERT INTO things VALUES (3, 'nobody')`);
    let runs = 0;
    await database.transaction(async (tx) => {
      runs++;
      await tx.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      await tx.query('SELECT owner FROM things WHERE id = 3');
      if (runs === 1) await database.query(`UPDATE things SET owner = 'other' WHERE id = 3`);
      await tx.query(`UPDATE things SET owner = 'me' WHERE id = 3`);
    });
    expect(runs).toBe(2);
    expect(await database.one('SELECT owner FROM things WHERE id = 3')).toEqual({ owner: 'me' });
  });

  it('fails the transaction, not the process, when its connection breaks', async () => {
    const broken = database.transaction(async (tx) => {
      const self = await tx.one('SELECT pg_backend_pid() AS pid');
      await database.query('SELECT pg_terminate_backend($1)', [Number(self?.pid)]);
      await until('the end of the session', () =>
        database.one('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [Number(self?.pid)]).then((row) => !row),
      );
      await tx.query('SELECT 1');
    });
    await expect(broken).rejects.toThrow(/terminat|connection/i);
    expect(await database.one('SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('waits for a server that restarts', async () => {
    const server = await startPostgres();
    const pool = openPool({ url: server.url('postgres'), log, applicationName: 'test', patienceMs: 15_000 });
    await pool.query('SELECT 1');
    await server.crash();
    // The children of a killed server answer until they notice.
    expect(await until('the end of its children', () => pool.unreachable())).toMatch(/refused|lost|shutting down/);
    const answer = pool.one('SELECT 1 AS one');
    await server.revive();
    expect(await answer).toEqual({ one: 1 });
    await pool.close();
    await server.stop();
  });
});

describe('housekeeping', () => {
  it('forgets answers and events that are too old to come again, and keeps the others', async () => {
    await postgres.createDatabase('kept');
    const kept = openPool({ url: postgres.url('kept'), log, applicationName: 'test' });
    await migrate(kept.url, [{ name: 'kit', folder: new URL('./kit/', import.meta.url) }]);
    for (const days of [1, 3, 31]) {
      const params = [`${days} days`, days];
      await kept.query(`INSERT INTO hikyaku.inbox VALUES ('c', 's', $1, now() - make_interval(days => $2))`, params);
      await kept.query(
        `INSERT INTO hikyaku.idempotency VALUES ('s', $1, '', 200, '{}', now() - make_interval(days => $2))`,
        params,
      );
    }
    await forgetOld(kept, 30);
    expect(await kept.query('SELECT event_id FROM hikyaku.inbox', [], (row) => row.event_id)).toEqual(['1 days', '3 days']);
    expect(await kept.query('SELECT key FROM hikyaku.idempotency', [], (row) => row.key)).toEqual(['1 days']);
    await kept.close();
  });
});

describe('migrations', () => {
  let folder: string;
  let set: { name: string; folder: URL };
  const write = (name: string, sql: string) => writeFile(join(folder, name), sql);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hikyaku-migrations-'));
    set = { name: 'test', folder: pathToFileURL(`${folder}/`) };
    await postgres.createDatabase('migrations');
    await write('002_second.sql', 'INSERT INTO one VALUES (2)');
    await write('001_first.sql', 'CREATE TABLE one (n int); INSERT INTO one VALUES (1)');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('applies each file once, in name order, although several processes start together', async () => {
    const url = postgres.url('migrations');
    const applied = await Promise.all([1, 2, 3].map(() => migrate(url, [set])));
    expect(applied.flat()).toEqual(['001_first.sql', '002_second.sql']);
  });

  it('leaves nothing of a file that fails, and names it', async () => {
    const url = postgres.url('migrations');
    await write('003_broken.sql', 'CREATE TABLE half (n int); SELECT nonsense');
    await expect(migrate(url, [set])).rejects.toThrow(/003_broken\.sql.*nonsense/);
    await write('003_broken.sql', 'CREATE TABLE half (n int)');
    expect(await migrate(url, [set])).toEqual(['003_broken.sql']);
  });

  it('refuses a file that changed after it was applied', async () => {
    await write('001_first.sql', 'CREATE TABLE one (n bigint)');
    await expect(migrate(postgres.url('migrations'), [set])).rejects.toThrow(/001_first\.sql.*changed/);
  });
});
