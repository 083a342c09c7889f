import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../database/migrations.ts';
import { openPool, type DatabasePool } from '../database/pool.ts';
import { startPostgres, type TestPostgres } from '../testing/postgres.ts';
import type { Outcome, Remember, Remembered } from './journal.ts';
import { createRemembering } from './remembering.ts';

let postgres: TestPostgres;
let database: DatabasePool;
let remember: Remember;

beforeAll(async () => {
  postgres = await startPostgres();
  database = openPool({ url: postgres.url('postgres'), log: pino({ level: 'silent' }), applicationName: 'test' });
  await migrate(database.url, [{ name: 'kit', folder: new URL('../database/kit/', import.meta.url) }]);
  remember = createRemembering(database);
}, 60_000);

afterAll(async () => {
  await database.close();
  await postgres.stop();
});

const done = (result: unknown): Outcome => ({ ok: true, result });
const times = { startedAt: new Date(1000), endedAt: new Date(2000) };
const step = (id: string, outcome: Outcome): Remembered => ({
  saga: 'trip',
  id,
  task: { step: 'one', part: 'run' },
  outcome,
  times,
});

it('writes what many sagas remember at the same time as one statement, each with its own outcome and times', async () => {
  const ids = Array.from({ length: 50 }, (_, index) => `many-${index}`);
  const outcomes = await Promise.all(ids.map((id, index) => remember(step(id, done({ index })))));
  expect(outcomes).toEqual(ids.map((_, index) => done({ index })));
  // All rows have been written by one transaction.
  const writers = `SELECT DISTINCT xmin FROM hikyaku.saga_journal WHERE saga_id LIKE 'many-%'`;
  expect(await database.query(writers)).toHaveLength(1);
  const rows = await database.query(
    `SELECT outcome, started_at, completed_at FROM hikyaku.saga_journal WHERE saga_id = 'many-7'`,
  );
  expect(rows).toEqual([{ outcome: done({ index: 7 }), started_at: times.startedAt, completed_at: times.endedAt }]);
});

it('gives everybody the outcome of whoever remembered a step first, also within one statement', async () => {
  const [first, second] = await Promise.all([remember(step('twice', done('first'))), remember(step('twice', done('second')))]);
  expect([first, second]).toEqual([done('first'), done('first')]);
  const refused: Outcome = { ok: false, reason: 'no', mayHaveHappened: false };
  expect(await remember(step('twice', refused))).toEqual(done('first'));
});

it('does not deadlock when two processes remember the same sagas in different orders', async () => {
  const other = createRemembering(database);
  const ids = Array.from({ length: 100 }, (_, index) => `both-${index}`);
  const ours = Promise.all(ids.map((id) => remember(step(id, done('ours')))));
  const theirs = Promise.all(ids.toReversed().map((id) => other(step(id, done('theirs')))));
  expect((await theirs).toReversed()).toEqual(await ours);
});

it('writes the others although one cannot be written', async () => {
  const [good, bad] = await Promise.allSettled([remember(step('good', done(1))), remember(step('bad', done('a NUL: \0')))]);
  expect(good).toEqual({ status: 'fulfilled', value: done(1) });
  expect(bad.status).toBe('rejected');
});
