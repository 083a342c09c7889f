/** Sagas of a real service on a real PostgreSQL: what can be seen of them, and what operators can do. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../testing/index.ts';
import { startSagaService, type SagaService } from './saga-service.fixture.ts';
import { defineSaga, SagaAbort, SagaPending, step, type Step } from './saga.ts';
import type { SagaError, SagaRunner, SagaState, SagaStatus } from './status.ts';

/** What a task of a saga does, `one` or `undo one`; nothing when it is not here. */
let script: Record<string, () => Promise<void>>;
let trips: SagaService<object>;
let service: SagaService<object>['service'];
let runner: SagaRunner<object>;

const play = (name: string) => script[name]?.() ?? Promise.resolve();
const scripted = (name: string, overrides: Partial<Step<object, object>> = {}): Step<object, object> =>
  step({
    name,
    run: () => play(name),
    compensate: () => play(`undo ${name}`),
    retry: { attempts: 2, initialMs: 1, maxMs: 1 },
    compensation: { retry: { attempts: 2, initialMs: 1, maxMs: 1 } },
    ...overrides,
  });

const saga = defineSaga<object, object>({
  name: 'trip',
  version: '2',
  replaces: ['1'],
  steps: [
    scripted('one'),
    scripted('two'),
    { name: 'pivot', pivot: true, retry: { attempts: 2, initialMs: 1, maxMs: 1 }, run: () => play('pivot') },
    { name: 'last', retry: { attempts: 2, initialMs: 1, maxMs: 1 }, run: () => play('last') },
  ],
});

beforeAll(async () => {
  trips = await startSagaService(saga);
  ({ service, runner } = trips);
}, 30_000);
afterAll(() => trips.stop());
beforeEach(() => {
  script = {};
});

const fails = () => Promise.reject(new Error('no answer from 127.0.0.1'));
const says = (reason: string) => () => Promise.reject(new SagaAbort(reason));

async function started(): Promise<string> {
  const id = randomUUID();
  await runner.start(id, {});
  return id;
}
const inState = (id: string, state: SagaState): Promise<SagaStatus> =>
  until(`${id} to be ${state}`, async () => {
    const status = await runner.status(id);
    return status?.state === state && status;
  });
const statesOf = ({ steps }: Pick<SagaStatus, 'steps'>) => steps.map(({ name, state }) => `${name} ${state}`);

describe('the status of a saga', () => {
  it('is not there for one that was never started', async () => {
    expect(await runner.status('nobody')).toBeUndefined();
  });

  it('shows each step with times, in order, although nothing was written but the journal', async () => {
    const id = await started();
    const { steps, startedAt, completedAt } = await inState(id, 'completed');
    expect(steps.map(({ name, state, attempts }) => ({ name, state, attempts }))).toEqual(
      ['one', 'two', 'pivot', 'last'].map((name) => ({ name, state: 'done', attempts: 1 })),
    );
    const times = [startedAt, ...steps.flatMap((each) => [each.startedAt, each.completedAt]), completedAt].map(Number);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(await service.database.query('SELECT 1 FROM hikyaku.sagas WHERE id = $1', [id])).toEqual([]);
  });

  it('shows every attempt, of steps and of compensations, with what went wrong', async () => {
    let asked = 0;
    script = {
      two: () => (++asked === 1 ? fails() : says('sold_out')()),
      'undo one': () => (++asked === 3 ? fails() : Promise.resolve()),
    };
    const { reason, steps } = await inState(await started(), 'compensated');
    const attempt = { startedAt: expect.any(Date), endedAt: expect.any(Date) };
    const failure = (code: string, message: string) => ({ ...attempt, error: { code, message } });
    expect(reason).toBe('sold_out');
    expect(steps[0]).toMatchObject({
      state: 'compensated',
      history: [attempt],
      compensation: { state: 'done', attempts: 2, history: [failure('Error', 'no answer from 127.0.0.1'), attempt] },
    });
    expect(steps[1]).toMatchObject({
      state: 'compensated',
      attempts: 2,
      history: [failure('Error', 'no answer from 127.0.0.1'), failure('sold_out', 'sold_out')],
    });
    expect(steps[3]).toEqual({ name: 'last', state: 'pending', attempts: 0, history: [] });
  });

  it('has another mark whenever it shows something else', async () => {
    const id = randomUUID();
    const markOf = async () => (await runner.marks([randomUUID(), id])).get(id);
    const marks = [await markOf()];
    const gates = { one: Promise.withResolvers<undefined>(), two: Promise.withResolvers<undefined>() };
    script = { one: () => gates.one.promise, two: () => gates.two.promise, 'undo one': fails };
    const shows = (what: string) => until(what, async () => statesOf((await runner.status(id)) ?? { steps: [] }).includes(what));
    await runner.start(id, {});
    await shows('one running');
    marks.push(await markOf());
    gates.one.resolve(undefined);
    await shows('one done');
    marks.push(await markOf());
    gates.two.reject(new SagaAbort('full'));
    await inState(id, 'stuck');
    marks.push(await markOf());
    script = {};
    await runner.retry(id);
    await inState(id, 'compensated');
    marks.push(await markOf());
    expect(new Set(marks).size).toBe(marks.length);
    expect(await markOf()).toBe(marks.at(-1));
  });

  it('shows which step it waits for, until it is woken', async () => {
    let isSettled = false;
    script = { two: () => (isSettled ? Promise.resolve() : Promise.reject(new SagaPending('late', { askAgainMs: 60_000 }))) };
    const id = await started();
    const status = await until('the step to wait', async () => {
      const now = await runner.status(id);
      return now?.steps[1]?.state === 'waiting' && now;
    });
    expect(statesOf(status)).toEqual(['one done', 'two waiting', 'pivot pending', 'last pending']);
    isSettled = true;
    runner.wake(id);
    expect((await inState(id, 'completed')).steps[1]).toMatchObject({ state: 'done', attempts: 1 });
  });
});

describe('a stuck saga', () => {
  it('is found, and goes on when it is retried', async () => {
    script = { last: fails };
    const id = await started();
    const status = await inState(id, 'stuck');
    expect(statesOf(status)).toEqual(['one done', 'two done', 'pivot done', 'last stuck']);
    expect(status.error).toBe('no answer from 127.0.0.1');
    expect((await service.sagas.list({ state: 'stuck' })).items).toContainEqual(expect.objectContaining({ id, name: 'trip' }));
    script = {};
    await runner.retry(id);
    const { steps } = await inState(id, 'completed');
    expect(steps[3]).toMatchObject({ state: 'done', attempts: 3 });
    expect((await service.sagas.list({ state: 'stuck' })).items).not.toContainEqual(expect.objectContaining({ id }));
    expect((await service.sagas.list({ state: 'completed' })).items).toContainEqual(expect.objectContaining({ id }));
  });

  it('can get stuck again, and be retried again', async () => {
    script = { last: fails };
    const id = await started();
    await inState(id, 'stuck');
    await runner.retry(id);
    await until('two more attempts', async () => (await runner.status(id))?.steps[3]?.attempts === 4);
    await inState(id, 'stuck');
    script = {};
    await runner.retry(id);
    await inState(id, 'completed');
  });

  it('in a compensation goes on there, whatever the operator says', async () => {
    for (const decision of ['retry', 'compensate'] as const) {
      script = { two: says('sold_out'), 'undo one': fails };
      const id = await started();
      expect(statesOf(await inState(id, 'stuck'))).toEqual(['one stuck', 'two failed', 'pivot pending', 'last pending']);
      script = {};
      await runner[decision](id);
      expect(await inState(id, 'compensated')).toMatchObject({ reason: 'sold_out' });
    }
  });

  it('is not taken back past its pivot', async () => {
    script = { last: fails };
    const id = await started();
    await inState(id, 'stuck');
    await expect(runner.compensate(id)).rejects.toMatchObject({ code: 'SAGA_PAST_PIVOT' });
    expect(await runner.status(id)).toMatchObject({ state: 'stuck' });
  });

  it('is taken back when it is stuck before', async () => {
    script = { pivot: fails };
    const id = await started();
    await inState(id, 'stuck');
    await runner.compensate(id);
    expect(await inState(id, 'compensated')).toMatchObject({ reason: 'operator' });
  }, 30_000);

  it('takes one decision of two', async () => {
    script = { pivot: fails };
    const id = await started();
    await inState(id, 'stuck');
    script = {};
    const answers = await Promise.allSettled([runner.retry(id), runner.compensate(id)]);
    const refused = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => (reason as SagaError).code);
    expect(['SAGA_NOT_STUCK', 'SAGA_PAST_PIVOT']).toContain(refused.join());
    await until('its end', async () => ['completed', 'compensated'].includes((await runner.status(id))?.state ?? ''));
  }, 30_000);
});

it('an operator has nothing to decide about a saga that is not stuck, or not there', async () => {
  const id = await started();
  await inState(id, 'completed');
  await expect(runner.retry(id)).rejects.toMatchObject({ code: 'SAGA_NOT_STUCK' });
  await expect(runner.compensate('nobody')).rejects.toMatchObject({ code: 'SAGA_UNKNOWN' });
});

it('sagas are listed page by page, the newest first, each once', async () => {
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) ids.unshift(await started());
  for (const id of ids) await inState(id, 'completed');
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await service.sagas.list({ limit: 2, ...(after === undefined ? {} : { after }) });
    seen.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  expect(new Set(seen.slice(0, 5))).toEqual(new Set(ids));
  expect(new Set(seen).size).toBe(seen.length);
  await expect(service.sagas.list({ after: 'x' })).rejects.toMatchObject({ code: 'SAGA_BAD_CURSOR' });
});
