import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../testing/postgres.ts';
import { until } from '../testing/until.ts';
import { sqlState, unreachableReason } from './connection-error.ts';
import { openPool, type DatabasePool } from './pool.ts';

const queryCanceled = '57014';
const connections = 2;
let postgres: TestPostgres;
let database: DatabasePool;

beforeAll(async () => {
  postgres = await startPostgres();
  database = openPool({
    url: postgres.url('postgres'),
    log: pino({ level: 'silent' }),
    applicationName: 'test',
    connections,
    // The limit is long enough for a statement that does nothing, on a machine that is busy.
    statementTimeoutMs: 1500,
  });
  await database.query('CREATE TABLE things (id int)');
}, 60_000);

afterEach(() => postgres.thaw());

afterAll(async () => {
  await database.close();
  await postgres.stop();
});

describe('a server that hangs', () => {
  it('is given up by every statement that waits for it, and used again when it is back', async () => {
    // So that both connections are there, and in use, when it stops answering.
    await Promise.all([1, 2].map(() => database.query('SELECT pg_sleep(0.05)')));
    await postgres.freeze();
    const asked = [
      database.query('SELECT 1'),
      database.transaction((tx) => tx.query('INSERT INTO things VALUES ($1)', [1])),
      database.query('SELECT 2'),
    ];
    const answers = await Promise.allSettled(asked);
    const reasons = answers.map((answer) => (answer.status === 'rejected' ? unreachableReason(answer.reason) : 'answered'));
    const noAnswer = 'no answer to a statement';
    // The third waits for one of the two connections, and then for a new one.
    expect(reasons).toEqual([noAnswer, noAnswer, expect.stringMatching(/no answer|connection lost/)]);
    postgres.thaw();
    expect(await until('its answer', () => database.one('SELECT 1 AS one').catch(() => undefined))).toEqual({ one: 1 });
    expect(await database.query('SELECT id FROM things')).toEqual([]);
    await Promise.all(Array.from({ length: connections }, () => database.query('SELECT pg_sleep(0.01)')));
  });
});

describe('a statement that takes too long', () => {
  it('is ended by the server, and its connection serves the next', async () => {
    const [before] = await database.query('SELECT pg_backend_pid() AS pid');
    await expect(database.query('SELECT pg_sleep(60)')).rejects.toSatisfy((error: unknown) => sqlState(error) === queryCanceled);
    expect(await database.one('SELECT pg_backend_pid() AS pid')).toEqual(before);
  });

  it('ends its transaction, which lets go of its locks', async () => {
    await database.query('INSERT INTO things VALUES (1)');
    const slow = database.transaction(async (tx) => {
      await tx.query('UPDATE things SET id = 2');
      await tx.query('SELECT pg_sleep(60)');
    });
    await expect(slow).rejects.toSatisfy((error: unknown) => sqlState(error) === queryCanceled);
    expect(await database.query('UPDATE things SET id = 3 RETURNING id')).toEqual([{ id: 3 }]);
  });
});
