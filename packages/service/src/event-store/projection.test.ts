import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Queryable } from '../database/database.ts';
import { migrate } from '../database/migrations.ts';
import { openPool, type DatabasePool } from '../database/pool.ts';
import { startPostgres, type TestPostgres } from '../testing/postgres.ts';
import { until } from '../testing/until.ts';
import { type Account, accounts, createTables, deposited, writeBalances } from './account.fixture.ts';
import type { Versioned } from './event-store.ts';
import { createProjection, type Projection } from './projection.ts';

const log = pino({ level: 'silent' });
const store = accounts({ snapshotEvery: 3 });
let postgres: TestPostgres;
let database: DatabasePool;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = postgres.url('postgres');
  await migrate(url, [{ name: 'kit', folder: new URL('../database/kit/', import.meta.url) }]);
  database = openPool({ url, log, applicationName: 'test', connections: 12 });
  await createTables(database);
}, 60_000);

afterAll(async () => {
  await database.close();
  await postgres.stop();
});

beforeEach(() => database.query('TRUNCATE account_events, account_snapshots, balances, hikyaku.projections'));

type Write = (db: Queryable, schema: string, states: readonly Versioned<Account>[]) => Promise<void>;

const projectionWith = (write: Write = writeBalances, batchSize = 20): Projection<Account> =>
  createProjection({ name: 'balances', database, store, tables: ['balances'], write, log, batchSize });

/** Looks after the projection while `work` runs. */
async function lookedAfter(projections: readonly Projection<Account>[], work: () => Promise<void>): Promise<void> {
  const ending = new AbortController();
  const running = projections.map((projection) => projection.work(ending.signal));
  try {
    await work();
  } finally {
    ending.abort();
    await Promise.all(running);
  }
}

async function pay(projection: Projection<Account>, id: string, amount: number): Promise<void> {
  const loaded = await store.load(database, id);
  await database.transaction(async (tx) => {
    await projection.write(tx, [await store.append(tx, id, loaded, [deposited(amount)])]);
  });
}

const settled = (projection: Projection<Account>) =>
  until('the end of the rebuild', async () => {
    const status = await projection.status();
    return status.state === 'rebuilding' ? undefined : status;
  });

async function expectExact(): Promise<void> {
  const ids = await database.query('SELECT DISTINCT stream_id FROM account_events', [], (row) => String(row.stream_id));
  const truth = (await store.loadAll(database, ids)).map(({ state: { id, balance }, version }) => ({ id, version, balance }));
  const shown = await database.query('SELECT id, version, balance FROM balances ORDER BY id');
  expect(shown).toEqual(truth.sort((a, b) => (a.id < b.id ? -1 : 1)));
}

test('a projection that nobody rebuilt is live', async () => {
  expect(await projectionWith().status()).toEqual({ name: 'balances', state: 'live' });
});

test('is rebuilt from the events while they go on coming, and is there all the time', async () => {
  const projection = projectionWith();
  const ids = Array.from({ length: 15 }, () => randomUUID());
  for (const id of ids) for (const amount of [1, 2, 3]) await pay(projection, id, amount);
  await database.query('UPDATE balances SET balance = -1');
  let isOver = false;
  const busy = (id: string) => async () => {
    while (!isOver) {
      await pay(projection, id, 1);
      expect(await database.one('SELECT 1 AS found FROM balances WHERE id = $1', [id])).toEqual({ found: 1 });
    }
  };
  await lookedAfter([projection], async () => {
    const load = ids.slice(0, 4).map((id) => busy(id)());
    const newcomers = busy(randomUUID())();
    expect(await projection.requestRebuild()).toBe(true);
    expect(await settled(projection)).toMatchObject({ state: 'live', completedAt: expect.any(Date) });
    isOver = true;
    await Promise.all([...load, newcomers]);
  });
  await expectExact();
  const { events } = await projection.status();
  expect(events?.done).toBeGreaterThanOrEqual(45);
  expect(events?.done).toBe(events?.total);
});

test('the rebuilt table has the names, constraints and indexes of the one before, and can be rebuilt again', async () => {
  const projection = projectionWith();
  const shape = () =>
    database.query(
      `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'balances' ORDER BY 1`,
    );
  const before = await shape();
  expect(before).toHaveLength(2);
  await pay(projection, randomUUID(), 7);
  await lookedAfter([projection], async () => {
    for (let round = 0; round < 2; round++) {
      await projection.requestRebuild();
      await settled(projection);
      expect(await shape()).toEqual(before);
    }
  });
  await expectExact();
});

test('asked for twice, it is rebuilt once', async () => {
  const projection = projectionWith();
  const answers = await Promise.all([1, 2, 3].map(() => projection.requestRebuild()));
  expect(answers.filter(Boolean)).toHaveLength(1);
});

test('a rebuild whose process is gone is finished by another, from where it stood', async () => {
  const dying = projectionWith();
  for (let count = 0; count < 9; count++) await pay(dying, randomUUID(), count);
  await dying.requestRebuild();
  // What a process leaves behind that died after its first batch.
  const first = await store.changes(database, undefined, 4);
  await writeBalances(database, 'shadow_of_balances', await store.loadAll(database, first.streamIds));
  await database.query(
    `UPDATE hikyaku.projections SET runner = 'gone', lease_until = now() - interval '1 second', position = $1, events_done = 4`,
    [first.position ?? null],
  );
  const written: string[] = [];
  const heir = projectionWith((db, schema, states) => {
    if (schema !== 'public') written.push(...states.map(({ state }) => state.id));
    return writeBalances(db, schema, states);
  });
  await lookedAfter([heir], async () => {
    expect(await settled(heir)).toMatchObject({ state: 'live', events: { done: 9, total: 9 } });
  });
  expect(written).toHaveLength(5);
  await expectExact();
});

test('is not taken away from a process that is at it', async () => {
  const projection = projectionWith();
  await projection.requestRebuild();
  await database.query(`UPDATE hikyaku.projections SET runner = 'busy', lease_until = now() + interval '1 hour'`);
  await lookedAfter([projection], async () => {
    await pay(projection, randomUUID(), 1);
  });
  expect(await database.one('SELECT state, runner FROM hikyaku.projections')).toEqual({ state: 'rebuilding', runner: 'busy' });
});

test('several processes rebuild it together without harm', async () => {
  const projections = [projectionWith(), projectionWith(), projectionWith()];
  const [first] = projections;
  if (first === undefined) throw new Error('no projection');
  for (let count = 0; count < 30; count++) await pay(first, randomUUID(), count);
  await lookedAfter(projections, async () => {
    for (const projection of projections) {
      await projection.requestRebuild();
      await settled(projection);
    }
  });
  await expectExact();
});

test('an event that cannot be worked in fails the rebuild, says why, and leaves the table as it was', async () => {
  const failing = projectionWith((db, schema, states) =>
    schema === 'public' ? writeBalances(db, schema, states) : Promise.reject(new Error('no such column')),
  );
  await pay(failing, randomUUID(), 1);
  await lookedAfter([failing], async () => {
    await failing.requestRebuild();
    expect(await settled(failing)).toMatchObject({ state: 'failed', error: 'no such column' });
  });
  await expectExact();
  const mended = projectionWith();
  await lookedAfter([mended], async () => {
    expect(await mended.requestRebuild()).toBe(true);
    expect(await settled(mended)).toMatchObject({ state: 'live' });
  });
});
