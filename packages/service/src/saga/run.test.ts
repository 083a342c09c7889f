import { describe, expect, it } from 'vitest';
import type { Progress } from './progress.ts';
import { runSaga, type Journal } from './run.ts';
import { defineSaga, SagaAbort, type Step } from './saga.ts';

type Ports = { readonly log: string[] };

/** Notes what is reported, and counts attempts as the database would. */
function recorder(): { progress: Progress; reports: string[] } {
  const reports: string[] = [];
  const attempts = new Map<string, number>();
  const note = (text: string) => Promise.resolve(void reports.push(text));
  return {
    reports,
    progress: {
      begun: () => note('begun'),
      stepStarted: (step) => {
        const count = (attempts.get(step) ?? 0) + 1;
        attempts.set(step, count);
        return Promise.resolve(count);
      },
      stepDone: (step) => note(`${step} done`),
      stepFailed: (step, error, isFinal) => note(`${step} ${isFinal ? 'failed' : 'will be repeated'}: ${error}`),
      compensating: (reason) => note(`compensating: ${reason}`),
      stepCompensating: (step) => note(`${step} compensating`),
      compensationFailed: (step, error, isStuck) =>
        note(`${step ?? 'end'} compensation failed: ${error}${isStuck ? ', stuck' : ''}`),
      stepCompensated: (step) => note(`${step} compensated`),
      compensated: () => note('compensated'),
      completed: () => note('completed'),
    },
  };
}

function remembering(memory = new Map<string, unknown>()): Journal {
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (!memory.has(name)) memory.set(name, await work());
    return memory.get(name) as T;
  };
}

const noted = (name: string, overrides: Partial<Step<object, Ports>> = {}): Step<object, Ports> => ({
  name,
  run: ({ ports }) => Promise.resolve(void ports.log.push(name)),
  compensate: ({ ports }) => Promise.resolve(void ports.log.push(`undo ${name}`)),
  retry: { attempts: 3, initialMs: 1, maxMs: 1 },
  ...overrides,
});

async function run(steps: Step<object, Ports>[], journal = remembering()): Promise<{ log: string[]; reports: string[] }> {
  const log: string[] = [];
  const { progress, reports } = recorder();
  const saga = defineSaga<object, Ports>({
    name: 'test',
    version: '1',
    steps,
    onCompensated: ({ ports, reason }) => Promise.resolve(void ports.log.push(`cancelled: ${reason}`)),
  });
  await runSaga({ saga, sagaId: '1', input: {}, ports: { log }, journal, progress, ending: new AbortController().signal });
  return { log, reports };
}

describe('a saga', () => {
  it('runs its steps in order, each with the results of those before', async () => {
    let seen: unknown;
    const steps = [
      noted('one', { run: () => Promise.resolve({ price: 100, dropped: undefined }) }),
      noted('two', { run: ({ results }) => Promise.resolve(void (seen = results)) }),
    ];
    const { reports } = await run(steps);
    expect(seen).toEqual({ one: { price: 100 } });
    expect(reports.at(-1)).toBe('completed');
  });

  it('takes back what was done, in reverse, when a step says no, and does not ask it again', async () => {
    let asked = 0;
    const no = () => {
      asked++;
      return Promise.reject(new SagaAbort('card_declined'));
    };
    const { log } = await run([noted('one'), noted('two'), noted('three', { run: no }), noted('four')]);
    expect(log).toEqual(['one', 'two', 'undo two', 'undo one', 'cancelled: card_declined']);
    expect(asked).toBe(1);
  });

  it('repeats a step that fails, and takes it back too when its outcome stays unknown', async () => {
    let asked = 0;
    const silent = () => {
      asked++;
      return Promise.reject(new Error('no answer'));
    };
    const { log } = await run([noted('one'), noted('two', { run: silent })]);
    expect(asked).toBe(3);
    expect(log).toEqual(['one', 'undo two', 'undo one', 'cancelled: step_failed:two']);
  });

  it('takes a step back that said no after an attempt whose outcome is unknown', async () => {
    const answers = [new Error('no answer'), new SagaAbort('out_of_stock')];
    const { log } = await run([noted('one', { run: () => Promise.reject(answers.shift() ?? new Error('asked too often')) })]);
    expect(log).toEqual(['undo one', 'cancelled: out_of_stock']);
  });

  it('gives an attempt no more than its time, although it does not listen', async () => {
    let asked = 0;
    const deaf = (): Promise<unknown> => (++asked === 1 ? new Promise<never>(() => undefined) : Promise.resolve());
    const { reports } = await run([noted('one', { run: deaf, timeoutMs: 20 })]);
    expect(reports).toEqual(['begun', 'one will be repeated: one took longer than 20 ms', 'one done', 'completed']);
  });

  it('repeats a compensation until it succeeds, and says when it is stuck', async () => {
    let failures = 11;
    const stubborn = () => (failures-- > 0 ? Promise.reject(new Error('locked')) : Promise.resolve());
    const no = () => Promise.reject(new SagaAbort('no'));
    const { reports, log } = await run([
      noted('one', { compensate: stubborn, retry: { initialMs: 1, maxMs: 1 } }),
      noted('two', { run: no }),
    ]);
    expect(reports.filter((report) => report.endsWith('stuck'))).toHaveLength(2);
    expect(reports.at(-1)).toBe('compensated');
    expect(log.at(-1)).toBe('cancelled: no');
  });

  it('does not repeat what the journal remembers', async () => {
    const memory = new Map<string, unknown>([['one', { ok: true, result: 1 }]]);
    const { log } = await run([noted('one'), noted('two')], remembering(memory));
    expect(log).toEqual(['two']);
  });

  it('is refused without steps and with two of a name', () => {
    expect(() => defineSaga({ name: 'empty', version: '1', steps: [] })).toThrow('no steps');
    expect(() => defineSaga<object, Ports>({ name: 'twice', version: '1', steps: [noted('a'), noted('a')] })).toThrow(
      'two steps named a',
    );
  });
});
