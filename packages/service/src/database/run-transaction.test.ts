import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../testing/postgres.ts';
import { sqlState } from './connection-error.ts';
import { openPool, type DatabasePool } from './pool.ts';

let postgres: TestPostgres;
let database: DatabasePool;

beforeAll(async () => {
  postgres = await startPostgres();
  database = openPool({ url: postgres.url('postgres'), log: pino({ level: 'silent' }), applicationName: 'test' });
  await database.query('CREATE TABLE things (id int PRIMARY KEY, parent int REFERENCES things DEFERRABLE INITIALLY DEFERRED)');
}, 60_000);

beforeEach(() => database.query('DELETE FROM things'));

afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const insert = 'INSERT INTO things (id, parent) VALUES ($1, $2)';
const ids = () => database.query('SELECT id FROM things ORDER BY id', [], ({ id }) => id);

describe('what a transaction only sends', () => {
  it('is carried out in its place among the others, and committed with them', async () => {
    const seen = await database.transaction(async (tx) => {
      tx.send(insert, [1, null]);
      const before = await tx.query('SELECT id FROM things', [], ({ id }) => id);
      tx.send(insert, [2, 1]);
      return before;
    });
    expect(seen).toEqual([1]);
    expect(await ids()).toEqual([1, 2]);
  });

  it('fails the transaction with its own error, and nothing is kept', async () => {
    const failing = database.transaction((tx) => {
      tx.send(insert, [1, null]);
      tx.send(insert, [1, null]);
      tx.send(insert, [2, null]);
      return Promise.resolve();
    });
    await expect(failing).rejects.toSatisfy((error: unknown) => sqlState(error) === '23505');
    expect(await ids()).toEqual([]);
  });

  it('is the reason given when it makes a later statement fail', async () => {
    const failing = database.transaction(async (tx) => {
      tx.send(insert, [1, null]);
      tx.send(insert, [1, null]);
      await tx.query('SELECT 1');
    });
    await expect(failing).rejects.toSatisfy((error: unknown) => sqlState(error) === '23505');
  });

  it('is tried again with the transaction when it lost against another one', async () => {
    await database.query(insert, [1, null]);
    let runs = 0;
    await database.transaction(async (tx) => {
      runs++;
      await tx.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      await tx.query('SELECT id FROM things');
      if (runs === 1) await database.query('UPDATE things SET parent = 1 WHERE id = 1');
      tx.send('UPDATE things SET parent = NULL WHERE id = 1');
    });
    expect(runs).toBe(2);
  });
});

describe('what a transaction collects', () => {
  it('is sent before the next statement, so it keeps its place', async () => {
    const seen = await database.transaction(async (tx) => {
      tx.beforeNext(() => tx.send(insert, [1, null]));
      return tx.query('SELECT id FROM things', [], ({ id }) => id);
    });
    expect(seen).toEqual([1]);
  });

  it('is committed with it when no statement follows', async () => {
    await database.transaction((tx) => {
      tx.beforeNext(() => tx.send(insert, [1, null]));
      return Promise.resolve();
    });
    expect(await ids()).toEqual([1]);
  });

  it('fails the transaction with its own error', async () => {
    const failing = database.transaction(async (tx) => {
      await tx.query(insert, [1, null]);
      tx.beforeNext(() => tx.send(insert, [1, null]));
    });
    await expect(failing).rejects.toSatisfy((error: unknown) => sqlState(error) === '23505');
    expect(await ids()).toEqual([]);
  });
});

describe('a transaction', () => {
  it('fails when one of its statements did, although nobody minded', async () => {
    const failing = database.transaction(async (tx) => {
      await tx.query(insert, [1, null]);
      await tx.query(insert, [1, null]).catch(() => undefined);
    });
    await expect(failing).rejects.toSatisfy((error: unknown) => sqlState(error) === '23505');
    expect(await ids()).toEqual([]);
  });

  it('fails when only COMMIT finds the mistake', async () => {
    await expect(database.transaction((tx) => tx.query(insert, [1, 9]))).rejects.toSatisfy(
      (error: unknown) => sqlState(error) === '23503',
    );
    expect(await ids()).toEqual([]);
  });

  it('goes on after a savepoint that was rolled back to', async () => {
    await database.transaction(async (tx) => {
      await tx.query(insert, [1, null]);
      await tx.query('SAVEPOINT before');
      await tx.query(insert, [1, null]).catch(() => undefined);
      await tx.query('ROLLBACK TO before');
    });
    expect(await ids()).toEqual([1]);
  });

  it('leaves its connection as it was, also when it failed with statements under way', async () => {
    const one = openPool({
      url: database.url,
      log: pino({ level: 'silent' }),
      applicationName: 'test',
      connections: 1,
    });
    const failing = one.transaction((tx) => {
      void tx.query(insert, [1, null]).catch(() => undefined);
      void tx.query('SELECT pg_sleep(0.01)').catch(() => undefined);
      return Promise.reject(new Error('no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect(await one.one('SELECT pg_current_xact_id_if_assigned() AS id')).toEqual({ id: null });
    expect(await ids()).toEqual([]);
    await one.close();
  });
});

describe('no statement of a transaction is committed by itself', () => {
  const openOne = () => openPool({ url: database.url, log: pino({ level: 'silent' }), applicationName: 'test', connections: 1 });

  it('when BEGIN fails and its connection does not', async () => {
    const one = openOne();
    await one.transaction((tx) => tx.query(insert, [1, null]));
    await one.query('DEALLOCATE begin');
    const failing = one.transaction(async (tx) => {
      const answer = tx.query('INSERT INTO things (id) VALUES ($1)', [2]);
      tx.send('INSERT INTO things (id) VALUES ($1 + 1)', [2]);
      await answer.catch(() => undefined);
      tx.send('INSERT INTO things (id) VALUES ($1 + 2)', [2]);
    });
    await expect(failing).rejects.toSatisfy((error: unknown) => sqlState(error) === '26000');
    expect(await ids()).toEqual([1]);
    // The next one finds a connection that works.
    await one.transaction((tx) => tx.query(insert, [9, null]));
    expect(await ids()).toEqual([1, 9]);
    await one.close();
  });

  it('when it comes after another one has failed', async () => {
    const one = openOne();
    const { promise: later, resolve: goOn } = Promise.withResolvers<undefined>();
    let straggler: Promise<unknown> | undefined;
    const failing = one.transaction((tx) => {
      straggler = later.then(() => tx.query(insert, [1, null]));
      return Promise.all([tx.query('SELECT 1 / $1::int', [0]), straggler]);
    });
    await expect(failing).rejects.toSatisfy((error: unknown) => sqlState(error) === '22012');
    goOn(undefined);
    await expect(straggler).rejects.toThrow('after the end of its transaction');
    expect(await ids()).toEqual([]);
    await one.close();
  });

  it('when it waited for the first one and the work was given up', async () => {
    const one = openOne();
    await one.transaction((tx) => tx.query(insert, [1, null]));
    const failing = one.transaction((tx) => {
      tx.send(insert, [2, null]);
      tx.send(insert, [3, null]);
      return Promise.reject(new Error('no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect(await ids()).toEqual([1]);
    await one.close();
  });
});

it("a connection that was left within a transaction is nobody else's", async () => {
  const one = openPool({ url: database.url, log: pino({ level: 'silent' }), applicationName: 'test', connections: 1 });
  await one.query('BEGIN');
  await one.query(insert, [1, null]);
  expect(await ids()).toEqual([1]);
  await one.close();
});
