import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../testing/postgres.ts';
import { openEnginePool } from './engine-pool.ts';

let postgres: TestPostgres;
let pool: pg.Pool;
let client: pg.PoolClient;

beforeAll(async () => {
  postgres = await startPostgres();
  const log = pino({ level: 'silent' });
  pool = openEnginePool({ url: postgres.url('postgres'), log, applicationName: 'test', connections: 1 });
  client = await pool.connect();
  await client.query('CREATE TABLE things (id int PRIMARY KEY)');
}, 60_000);

beforeEach(() => client.query('DELETE FROM things'));

afterAll(async () => {
  client.release();
  await pool.end();
  await postgres.stop();
});

const insert = (id: number) => client.query('INSERT INTO things (id) VALUES ($1)', [id]);
const ids = async () => (await client.query<{ id: number }>('SELECT id FROM things ORDER BY id')).rows.map(({ id }) => id);

describe('a transaction of the engine', () => {
  it('is committed or rolled back whole, also when its statements are sent at the same time', async () => {
    await client.query('BEGIN');
    await Promise.all([insert(1), insert(2)]);
    await client.query('COMMIT');
    await client.query('BEGIN');
    await Promise.all([insert(3), insert(4)]);
    await client.query('ROLLBACK');
    expect(await ids()).toEqual([1, 2]);
  });

  it('leaves nothing behind when BEGIN fails and its connection does not', async () => {
    const { rows } = await client.query<{ name: string }>(`SELECT name FROM pg_prepared_statements WHERE statement = 'BEGIN'`);
    for (const { name } of rows) await client.query(`DEALLOCATE ${name}`);
    expect(rows).toHaveLength(1);
    await client.query('BEGIN');
    const settled = await Promise.allSettled([
      client.query('INSERT INTO things (id) VALUES ($1 + 0)', [1]),
      client.query('INSERT INTO things (id) VALUES ($1 + 1)', [1]),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await client.query('ROLLBACK');
    expect(await ids()).toEqual([]);
  });
});
