import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Transaction } from '../database/database.ts';
import { openPool, type DatabasePool } from '../database/pool.ts';
import { startPostgres, type TestPostgres } from '../testing/postgres.ts';
import { until } from '../testing/until.ts';
import { type Account, type AccountEvent, accounts, createTables, deposited, withdrawn } from './account.fixture.ts';
import { ConcurrencyConflict, type LogPosition, retryConflicts, type Versioned } from './event-store.ts';
import { createEventStore } from './postgres-store.ts';

const store = accounts({ snapshotEvery: 3 });
let postgres: TestPostgres;
let database: DatabasePool;

beforeAll(async () => {
  postgres = await startPostgres();
  database = openPool({ url: postgres.url('postgres'), log: pino({ level: 'silent' }), applicationName: 'test' });
  await createTables(database);
}, 60_000);

afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const append = async (id: string, ...events: AccountEvent[]) => {
  const loaded = await store.load(database, id);
  return database.transaction((tx) => store.append(tx, id, loaded, events));
};

const snapshotOf = (id: string) => database.one('SELECT version, state FROM account_snapshots WHERE stream_id = $1', [id]);

describe('a stream', () => {
  test('gives back what was appended, in order, with versions and times', async () => {
    const id = randomUUID();
    const state = await append(id, deposited(100), withdrawn(30));
    expect(state).toEqual({ state: { id, balance: 70, movements: 2 }, version: 2 });
    expect(await store.load(database, id)).toEqual(state);
    const history = await store.history(database, id);
    expect(history).toEqual([
      { type: 'Deposited', data: { amount: 100 }, streamId: id, version: 1, time: expect.any(Date) },
      { type: 'Withdrawn', data: { amount: 30 }, streamId: id, version: 2, time: expect.any(Date) },
    ]);
    expect(store.fold(history)).toEqual(state);
  });

  test('that does not exist has no state and no history', async () => {
    expect(await store.load(database, randomUUID())).toBeUndefined();
    expect(await store.history(database, randomUUID())).toEqual([]);
  });

  test('refuses an event that was decided on an older version, and keeps nothing of that transaction', async () => {
    const id = randomUUID();
    const loaded = await append(id, deposited(100));
    await append(id, withdrawn(100));
    const late = database.transaction((tx) => store.append(tx, id, loaded, [withdrawn(50), withdrawn(50)]));
    await expect(late).rejects.toThrow(ConcurrencyConflict);
    await expect(database.transaction((tx) => store.append(tx, id, undefined, [deposited(1)]))).rejects.toThrow(
      `Stream ${id} has grown past version 0`,
    );
    expect((await store.load(database, id))?.state.balance).toBe(0);
  });

  test('loses nothing when many writers load, decide and append at once', async () => {
    const id = randomUUID();
    await append(id, deposited(5));
    const take = () =>
      retryConflicts(async () => {
        const loaded = await store.load(database, id);
        if (loaded === undefined || loaded.state.balance === 0) return false;
        await database.transaction((tx) => store.append(tx, id, loaded, [withdrawn(1)]));
        return true;
      }, 20);
    const taken = await Promise.all(Array.from({ length: 12 }, take));
    expect(taken.filter(Boolean)).toHaveLength(5);
    expect((await store.load(database, id))?.state).toMatchObject({ balance: 0, movements: 6 });
  });

  test('that nobody understands is an error, not a guess', async () => {
    const id = randomUUID();
    await database.query(`INSERT INTO account_events (stream_id, version, type, data) VALUES ($1, 1, 'Renamed', '{}')`, [id]);
    await expect(store.load(database, id)).rejects.toThrow();
    await database.query('DELETE FROM account_events WHERE stream_id = $1', [id]);
  });
});

test('a conflict that never ends is passed on', async () => {
  let attempts = 0;
  const hopeless = retryConflicts(() => {
    attempts++;
    return Promise.reject(new ConcurrencyConflict('x', 1));
  }, 4);
  await expect(hopeless).rejects.toThrow(ConcurrencyConflict);
  expect(attempts).toBe(4);
});

describe('several streams at once', () => {
  const both = (tx: Transaction, ids: readonly string[], loaded: ReadonlyMap<string, Versioned<Account>>, amount: number) =>
    store.appendEach(
      tx,
      ids.map((streamId) => ({ streamId, loaded: loaded.get(streamId), events: [deposited(amount), withdrawn(1)] })),
    );

  test('are appended to, and loaded, as each on its own, with and without a snapshot', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await append(first, deposited(1), deposited(2), deposited(3));
    const ids = [second, first];
    const loaded = await store.loadEach(database, [...ids, randomUUID()]);
    expect([...loaded]).toEqual([[first, { state: { id: first, balance: 6, movements: 3 }, version: 3 }]]);
    const states = await database.transaction((tx) => both(tx, ids, loaded, 10));
    expect(states).toEqual([
      { state: { id: second, balance: 9, movements: 2 }, version: 2 },
      { state: { id: first, balance: 15, movements: 5 }, version: 5 },
    ]);
    const again = await store.loadEach(database, ids);
    expect(ids.map((id) => again.get(id))).toEqual(states);
    expect(await Promise.all(ids.map((id) => store.load(database, id)))).toEqual(states);
    expect((await store.history(database, first)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
  });

  test('are left as they are when one of them has grown meanwhile, which is named', async () => {
    const [quiet, busy] = [randomUUID(), randomUUID()];
    const loaded = await append(busy, deposited(5));
    await append(busy, withdrawn(5));
    const late = database.transaction((tx) => both(tx, [quiet, busy], new Map([[busy, loaded]]), 7));
    await expect(late).rejects.toMatchObject({ code: 'CONCURRENCY_CONFLICT', streamId: busy });
    expect(await store.load(database, quiet)).toBeUndefined();
    expect((await store.load(database, busy))?.version).toBe(2);
  });
});

describe('a snapshot', () => {
  test('changes nothing about what is read', async () => {
    const batches = fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 4 }), async (all, snapshotEvery) => {
        const own = accounts({ snapshotEvery });
        const id = randomUUID();
        let last: Versioned<unknown> | undefined;
        for (const amounts of all) {
          const loaded = await own.load(database, id);
          last = await database.transaction((tx) => own.append(tx, id, loaded, amounts.map(deposited)));
        }
        const read = await own.load(database, id);
        await database.query('DELETE FROM account_snapshots WHERE stream_id = $1', [id]);
        expect(read).toEqual(await own.load(database, id));
        expect(read).toEqual(own.fold(await own.history(database, id)));
        expect([read]).toEqual(await own.loadAll(database, [id]));
        expect(read).toEqual(last);
      }),
      { numRuns: 40 },
    );
  });

  test('is what a long stream is read from', async () => {
    const id = randomUUID();
    await append(id, deposited(1), deposited(2));
    expect(await snapshotOf(id)).toBeUndefined();
    await append(id, deposited(3), deposited(4));
    expect(await snapshotOf(id)).toMatchObject({ version: 4, state: { balance: 10 } });
    await database.query('DELETE FROM account_events WHERE stream_id = $1 AND version < 4', [id]);
    expect(await append(id, deposited(5))).toEqual({ state: { id, balance: 15, movements: 5 }, version: 5 });
  });

  test('of another shape is not read', async () => {
    const id = randomUUID();
    await append(id, deposited(1), deposited(2), deposited(3));
    await database.query(`UPDATE account_snapshots SET state = '{"total": 6}' WHERE stream_id = $1`, [id]);
    const today = accounts({ snapshotEvery: 3, stateShape: 2 });
    expect((await today.load(database, id))?.state.balance).toBe(6);
  });
});

describe('the log', () => {
  async function readOn(position: LogPosition | undefined): Promise<{ ids: string[]; position: LogPosition | undefined }> {
    const ids: string[] = [];
    for (let at = position; ;) {
      const read = await store.changes(database, at, 2);
      ids.push(...read.streamIds);
      at = read.position;
      if (read.events < 2) return { ids, position: at };
    }
  }

  test('shows an event of a slow transaction although faster ones came after it', async () => {
    const [before, slow, fast] = [randomUUID(), randomUUID(), randomUUID()];
    await append(before, deposited(1));
    const { position } = await readOn(undefined);
    const mayCommit = Promise.withResolvers<undefined>();
    const written = Promise.withResolvers<undefined>();
    const committed = database.transaction(async (tx) => {
      await store.append(tx, slow, undefined, [deposited(1)]);
      written.resolve(undefined);
      await mayCommit.promise;
    });
    await written.promise;
    await append(fast, deposited(1));
    const early = await readOn(position);
    expect(early.ids).not.toContain(fast);
    mayCommit.resolve(undefined);
    await committed;
    // Other transactions of the server, such as an autovacuum's, may hold it up a little longer.
    const later: string[] = [];
    let at = early.position;
    await until('both events', async () => {
      const more = await readOn(at);
      at = more.position;
      later.push(...more.ids);
      return later.includes(fast);
    });
    expect(later.filter((id) => id !== before)).toEqual([slow, fast]);
  });
});

test('a table name that could be anything else is refused', () => {
  const options = {
    events: 'x; DROP TABLE y',
    snapshots: 's',
    evolve: () => 1,
    parseState: () => 1,
    stateShape: 1,
    snapshotEvery: 1,
  };
  expect(() => createEventStore({ ...options, parseEvent: () => deposited(1) })).toThrow('"x; DROP TABLE y"');
});
