import { AsyncLocalStorage } from 'node:async_hooks';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../testing/postgres.ts';
import { sqlState } from './connection-error.ts';
import { openPool, type DatabasePool } from './pool.ts';
import { sharedTransaction } from './shared-transaction.ts';

let postgres: TestPostgres;
let database: DatabasePool;

beforeAll(async () => {
  postgres = await startPostgres();
  database = openPool({ url: postgres.url('postgres'), log: pino({ level: 'silent' }), applicationName: 'test' });
  await database.query('CREATE TABLE things (id int PRIMARY KEY, tx xid8 DEFAULT pg_current_xact_id())');
}, 60_000);
beforeEach(() => database.query('DELETE FROM things'));
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const add = (id: number) =>
  sharedTransaction(database, async (tx) => {
    await tx.query('SELECT 1');
    tx.send('INSERT INTO things (id) VALUES ($1)', [id]);
    return id * 10;
  });
const ids = () => database.query('SELECT id FROM things ORDER BY id', [], ({ id }) => id);

describe('transactions that are asked for at the same time', () => {
  it('are one, and each has its own result', async () => {
    expect(await Promise.all([add(1), add(2), add(3)])).toEqual([10, 20, 30]);
    expect(await database.query('SELECT DISTINCT tx FROM things')).toHaveLength(1);
  });

  it('fail alone, whether their work fails or a statement that they only send', async () => {
    await add(2);
    const refused = sharedTransaction(database, async (tx) => {
      await tx.query('INSERT INTO things (id) VALUES (9)');
      throw new Error('no');
    });
    const settled = await Promise.allSettled([add(1), add(2), refused, add(3)]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(settled.map((each) => each.status === 'rejected' && sqlState(each.reason))).toContain('23505');
    expect(settled[2]).toMatchObject({ reason: { message: 'no' } });
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it('work each in its own context', async () => {
    const trace = new AsyncLocalStorage<string>();
    const seen = ['a', 'b'].map((name) =>
      trace.run(name, () => sharedTransaction(database, () => Promise.resolve(trace.getStore()))),
    );
    expect(await Promise.all(seen)).toEqual(['a', 'b']);
  });
});
