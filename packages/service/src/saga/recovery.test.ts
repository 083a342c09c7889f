import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPool, type DatabasePool } from '../database/pool.ts';
import { startPostgres, testSettings, until, type TestPostgres } from '../testing/index.ts';
import { createExecutorLock } from './executor-lock.ts';

const log = pino({ level: 'silent' });
let postgres: TestPostgres;
let database: DatabasePool;

beforeAll(async () => {
  postgres = await startPostgres();
  database = openPool({ url: postgres.url('postgres'), log, applicationName: 'test' });
  await database.query('CREATE TABLE effects (saga text, step text, pid int, at timestamptz DEFAULT clock_timestamp())');
  await database.query('CREATE TABLE gate (open bool)');
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

describe('a saga whose process is killed in the middle of a step', () => {
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    await database.query('TRUNCATE effects, gate');
  });
  afterEach(async () => {
    const alive = children.splice(0).filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(alive.map((child) => (child.kill('SIGKILL'), once(child, 'exit'))));
  });

  async function startProcess(): Promise<ChildProcess> {
    const child = fork(fileURLToPath(new URL('recovery.fixture.ts', import.meta.url)), {
      env: {
        ...process.env,
        ...testSettings,
        DATABASE_URL: postgres.url('postgres'),
      },
      execArgv: [],
    });
    children.push(child);
    await once(child, 'message');
    return child;
  }
  async function startSaga(child: ChildProcess, id: string): Promise<void> {
    child.send(id);
    await once(child, 'message');
  }
  const ranIn = (child: ChildProcess, saga: string, step: string) =>
    until(`${step} of ${saga} in ${child.pid ?? 0}`, () =>
      database.one(
        'SELECT at FROM effects WHERE saga = $1 AND step = $2 AND pid = $3',
        [saga, step, child.pid ?? 0],
        ({ at }) => at as Date,
      ),
    );
  const openGate = () => database.query('INSERT INTO gate VALUES (true)');
  const completed = (saga: string) =>
    until(`the end of ${saga}`, () =>
      database.one(`SELECT 1 FROM dbos.workflow_status WHERE workflow_uuid = $1 AND status = 'SUCCESS'`, [`fixture:${saga}`]),
    );
  const effects = (saga: string) =>
    database.query('SELECT step FROM effects WHERE saga = $1 ORDER BY at', [saga], ({ step }) => step);
  const kill = async (child: ChildProcess, signal: NodeJS.Signals) => {
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };

  it('goes on in a surviving process, within seconds, and repeats only that step', async () => {
    const [first, second] = [await startProcess(), await startProcess()];
    await startSaga(first, 'killed');
    await ranIn(first, 'killed', 'gated');
    const killedAt = performance.now();
    await kill(first, 'SIGKILL');
    await ranIn(second, 'killed', 'gated');
    expect(performance.now() - killedAt).toBeLessThan(4000);
    await openGate();
    await completed('killed');
    expect(await effects('killed')).toEqual(['before tea', 'gated', 'gated', 'after']);
  });

  it('goes on in a process that starts later, with all of many sagas', async () => {
    const first = await startProcess();
    const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    for (const id of ids) await startSaga(first, id);
    for (const id of ids) await ranIn(first, id, 'gated');
    await kill(first, 'SIGKILL');
    await openGate();
    await startProcess();
    for (const id of ids) await completed(id);
    for (const id of ids) expect(await effects(id)).toEqual(['before tea', 'gated', 'gated', 'after']);
  });

  it('goes on when it is the database that was killed', async () => {
    const process = await startProcess();
    const ids = Array.from({ length: 20 }, (_, index) => `database-${index}`);
    for (const id of ids) await startSaga(process, id);
    for (const id of ids) await ranIn(process, id, 'gated');
    await postgres.crash();
    await postgres.revive();
    await openGate();
    for (const id of ids) await completed(id);
    for (const id of ids) expect(new Set(await effects(id))).toEqual(new Set(['before tea', 'gated', 'after']));
    expect(process.exitCode).toBeNull();
  });

  it('is handed over by a process that is asked to end', async () => {
    const [first, second] = [await startProcess(), await startProcess()];
    await startSaga(first, 'drained');
    await ranIn(first, 'drained', 'gated');
    const exit = once(first, 'exit');
    first.kill('SIGTERM');
    await ranIn(second, 'drained', 'gated');
    expect(await exit).toEqual([0, null]);
    await openGate();
    await completed('drained');
    expect(await effects('drained')).toEqual(['before tea', 'gated', 'gated', 'after']);
  });

  it('can be had by processes that start at the same time on a database without the engine’s tables', async () => {
    await database.query('DROP SCHEMA IF EXISTS dbos CASCADE');
    await Promise.all([startProcess(), startProcess(), startProcess()]);
    expect(children.map(({ exitCode }) => exitCode)).toEqual([null, null, null]);
  });

  it('is started once, however often and wherever it is asked for', async () => {
    const [first, second] = [await startProcess(), await startProcess()];
    await openGate();
    await startSaga(first, 'twice');
    await startSaga(second, 'twice');
    await completed('twice');
    await startSaga(second, 'twice');
    expect(await effects('twice')).toEqual(['before tea', 'gated', 'after']);
  });
});

describe('the executor lock', () => {
  const watcher = (executorId: string, others: string[], recovered: string[], looks: { count: number }) =>
    createExecutorLock({
      url: postgres.url('postgres'),
      executorId,
      log,
      everyMs: 10,
      unfinished: () => {
        looks.count++;
        return Promise.resolve(others);
      },
      recover: (id) => {
        recovered.push(id);
        return Promise.resolve();
      },
    });

  it('leaves the work of a living process alone, and takes that of one that is gone', async () => {
    const looks = { count: 0 };
    const recovered: string[] = [];
    const living = watcher('living', [], [], { count: 0 });
    const looking = watcher('looking', ['living', 'gone'], recovered, looks);
    await living.start();
    await looking.start();
    await until('ten looks', () => looks.count > 10);
    expect(new Set(recovered)).toEqual(new Set(['gone']));
    await living.close();
    await until('the takeover', () => recovered.includes('living'));
    await looking.close();
  });

  it('does not wait for ever for its own lock while an older session still has it', async () => {
    const holder = new pg.Client({ connectionString: postgres.url('postgres') });
    await holder.connect();
    await holder.query(`SELECT pg_advisory_lock(hashtextextended('hikyaku.saga.executor held', 0))`);
    await expect(watcher('held', [], [], { count: 0 }).start()).rejects.toMatchObject({ code: '55P03' });
    await holder.end();
  });

  it('takes its own lock again when the connection breaks', async () => {
    const lock = watcher('broken', [], [], { count: 0 });
    await lock.start();
    const holders = () =>
      database.query(
        `SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND a.application_name = 'executor broken'`,
        [],
        ({ pid }) => Number(pid),
      );
    const [before] = await holders();
    await database.query('SELECT pg_terminate_backend($1)', [before ?? 0]);
    await until('another session', async () => (await holders()).some((pid) => pid !== before));
    await lock.close();
    expect(await holders()).toEqual([]);
  });
});
