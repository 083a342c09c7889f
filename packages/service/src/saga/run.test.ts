import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createWaker } from '../waker.ts';
import { keyOf, type Journal, type Memory, type Outcome } from './journal.ts';
import { runSaga, type OperatorDecision } from './run.ts';
import { defineSaga, SagaAbort, SagaPending, type Saga, type Step } from './saga.ts';

type Ports = { readonly log: string[] };

/** Remembers as the database would, and notes what is reported. */
class FakeJournal implements Journal {
  readonly reports: string[] = [];
  readonly outcomes = new Map<string, Outcome>();
  readonly attempts = new Map<string, { count: number; waiting?: { number: number; since: Date } }>();
  state: string | undefined;
  reason: string | undefined;
  times = 0;

  load(): Promise<Memory> {
    return Promise.resolve({
      ...(this.state === undefined ? {} : { state: this.state }),
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      resumed: this.times,
      outcomes: new Map(this.outcomes),
      attempts: new Map(this.attempts),
    });
  }
  remember: Journal['remember'] = (task, outcome) => {
    const first = this.outcomes.get(keyOf(task)) ?? outcome;
    this.outcomes.set(keyOf(task), first);
    return Promise.resolve(first);
  };
  failed: Journal['failed'] = (task, { number, isWaiting, code, startedAt }) => {
    this.attempts.set(keyOf(task), { count: number, ...(isWaiting ? { waiting: { number, since: startedAt } } : {}) });
    return this.#note(`${keyOf(task)} ${isWaiting ? 'waits' : 'failed'}: ${code}`);
  };
  takingBack: Journal['takingBack'] = (reason) => {
    this.state = 'compensating';
    return Promise.resolve((this.reason ??= reason));
  };
  stuck: Journal['stuck'] = (task, error) => {
    this.state = 'stuck';
    return this.#note(`stuck at ${keyOf(task)}: ${error}`);
  };
  resumed: Journal['resumed'] = (number) => {
    if (this.times < number) this.state = this.reason === undefined ? 'running' : 'compensating';
    this.times = Math.max(this.times, number);
    return Promise.resolve();
  };
  compensated: Journal['compensated'] = () => Promise.resolve(void (this.state = 'compensated'));
  completed: Journal['completed'] = () => Promise.resolve(void (this.state = 'completed'));

  #note(report: string): Promise<void> {
    this.reports.push(report);
    return Promise.resolve();
  }
}

const quick = { attempts: 3, initialMs: 1, maxMs: 1 };

const noted = (name: string, overrides: Partial<Step<object, Ports>> = {}): Step<object, Ports> => ({
  ...final(name),
  compensate: ({ ports }) => Promise.resolve(void ports.log.push(`undo ${name}`)),
  compensation: { retry: quick },
  ...overrides,
});

/** A step that nothing takes back. */
const final = (name: string, overrides: Partial<Step<object, Ports>> = {}): Step<object, Ports> => ({
  name,
  run: ({ ports }) => Promise.resolve(void ports.log.push(name)),
  retry: quick,
  ...overrides,
});

const failing = (...answers: Error[]): (() => Promise<unknown>) => {
  return () => {
    const answer = answers.shift();
    return answer ? Promise.reject(answer) : Promise.resolve(null);
  };
};
const down = (): Promise<never> => Promise.reject(new Error('no answer'));
const no = (reason: string) => (): Promise<never> => Promise.reject(new SagaAbort(reason));

type Options = { journal?: FakeJournal; isNew?: boolean; operator?: OperatorDecision; waker?: ReturnType<typeof createWaker> };

async function run(
  steps: Step<object, Ports>[],
  { journal = new FakeJournal(), isNew = false, operator, waker = createWaker() }: Options = {},
) {
  const log: string[] = [];
  const saga: Saga<object, Ports> = defineSaga<object, Ports>({
    name: 'test',
    version: '1',
    steps,
    onCompensated: ({ ports, reason }) => Promise.resolve(void ports.log.push(`cancelled: ${reason}`)),
  });
  const ending = new AbortController().signal;
  const silent = pino({ level: 'silent' });
  await runSaga({ saga, sagaId: '1', input: {}, ports: { log }, journal, isNew, operator, waker, ending, log: silent });
  return { log, journal };
}

describe('a saga', () => {
  it('runs its steps in order, each with the results of those before, and writes nothing but their outcomes', async () => {
    let seen: unknown;
    const steps = [
      noted('one', { run: () => Promise.resolve({ price: 100, dropped: undefined }) }),
      noted('two', { run: ({ results }) => Promise.resolve(void (seen = results)) }),
    ];
    const { journal } = await run(steps);
    expect(seen).toEqual({ one: { price: 100 } });
    expect([...journal.outcomes.keys()]).toEqual(['run one', 'run two']);
    expect(journal).toMatchObject({ state: undefined, reports: [] });
  });

  it('asks for no memory when it is new', async () => {
    const journal = new FakeJournal();
    journal.load = () => Promise.reject(new Error('was asked'));
    const { log } = await run([noted('one'), noted('two')], { journal, isNew: true });
    expect(log).toEqual(['one', 'two']);
    expect([...journal.outcomes.keys()]).toEqual(['run one', 'run two']);
  });

  it('takes back what was done, in reverse, when a step says no, and does not ask it again', async () => {
    let asked = 0;
    const refuse = () => {
      asked++;
      return Promise.reject(new SagaAbort('card_declined'));
    };
    const { log, journal } = await run([noted('one'), noted('two'), noted('three', { run: refuse }), noted('four')]);
    expect(log).toEqual(['one', 'two', 'undo two', 'undo one', 'cancelled: card_declined']);
    expect(asked).toBe(1);
    expect(journal).toMatchObject({
      state: 'compensated',
      reason: 'card_declined',
      reports: ['run three failed: card_declined'],
    });
  });

  it('repeats a step that fails, and takes it back too when its outcome stays unknown', async () => {
    const { log, journal } = await run([noted('one'), noted('two', { run: down })]);
    expect(journal.reports).toEqual(Array.from({ length: 3 }, () => 'run two failed: Error'));
    expect(log).toEqual(['one', 'undo two', 'undo one', 'cancelled: step_failed:two']);
  });

  it('takes a step back that said no after an attempt whose outcome is unknown', async () => {
    const { log } = await run([
      noted('one'),
      noted('two', { run: failing(new Error('no answer'), new SagaAbort('out_of_stock')) }),
    ]);
    expect(log).toEqual(['one', 'undo two', 'undo one', 'cancelled: out_of_stock']);
  });

  it('gives an attempt no more than its time, although it does not listen', async () => {
    let asked = 0;
    const deaf = (): Promise<unknown> => (++asked === 1 ? new Promise<never>(() => undefined) : Promise.resolve());
    const { journal } = await run([noted('one', { run: deaf, timeoutMs: 20 })]);
    expect(journal.reports).toEqual(['run one failed: SAGA_TIMEOUT']);
    expect(journal.outcomes.get('run one')).toEqual({ ok: true, result: null });
  });
});

describe('a saga that is run again', () => {
  it('does not repeat what the journal remembers', async () => {
    const journal = new FakeJournal();
    journal.outcomes.set('run one', { ok: true, result: 1 });
    const { log } = await run([noted('one'), noted('two')], { journal });
    expect(log).toEqual(['two']);
  });

  it('takes back the step it begins with, too, for it may have been attempted before the crash', async () => {
    const journal = new FakeJournal();
    journal.outcomes.set('run one', { ok: true, result: 1 });
    const { log } = await run([noted('one'), noted('two', { run: no('declined') })], { journal });
    expect(log).toEqual(['undo two', 'undo one', 'cancelled: declined']);
  });

  it('goes on taking back, behind the compensations that are done', async () => {
    const journal = new FakeJournal();
    for (const name of ['one', 'two']) journal.outcomes.set(`run ${name}`, { ok: true, result: null });
    journal.outcomes.set('run three', { ok: false, reason: 'declined', mayHaveHappened: false });
    journal.outcomes.set('compensate two', { ok: true, result: null });
    await journal.takingBack('declined');
    const { log } = await run([noted('one'), noted('two'), noted('three')], { journal });
    expect(log).toEqual(['undo one', 'cancelled: declined']);
  });

  it('goes the way that another process was first to go', async () => {
    const journal = new FakeJournal();
    const overtaken = () => {
      journal.outcomes.set('run two', { ok: false, reason: 'declined', mayHaveHappened: true });
      return Promise.resolve();
    };
    const { log } = await run([noted('one'), noted('two', { run: overtaken }), noted('three')], { journal });
    expect(log).toEqual(['one', 'undo two', 'undo one', 'cancelled: declined']);
  });
});

describe('a step that waits', () => {
  const steps = (run: () => Promise<unknown>, pendingForMs = 60_000) => [noted('one'), noted('two', { run, pendingForMs })];
  const pending = new SagaPending('authentication_failed', { askAgainMs: 1 });

  it('is asked again, as often as it likes, and noted once', async () => {
    const { journal } = await run(steps(failing(...Array.from({ length: 10 }, () => pending))));
    expect(journal.reports).toEqual(['run two waits: authentication_failed']);
    expect(journal.outcomes.get('run two')).toMatchObject({ ok: true });
  });

  it('does not wait longer than it may, counted from the first time, and is taken back', async () => {
    const journal = new FakeJournal();
    journal.outcomes.set('run one', { ok: true, result: null });
    journal.attempts.set('run two', { count: 1, waiting: { number: 1, since: new Date(Date.now() - 60_000) } });
    const { log } = await run(
      steps(() => Promise.reject(pending)),
      { journal },
    );
    expect(log).toEqual(['undo two', 'undo one', 'cancelled: authentication_failed']);
  });

  it('asks at once when it is woken', async () => {
    const waker = createWaker();
    const wakeLater = () => {
      setImmediate(() => waker.wake());
      return Promise.reject(new SagaPending('late', { askAgainMs: 60_000 }));
    };
    let asked = 0;
    const { journal } = await run(
      steps(() => (++asked === 1 ? wakeLater() : Promise.resolve())),
      { waker },
    );
    expect(journal.outcomes.get('run two')).toMatchObject({ ok: true });
  });
});

describe('a saga that gets stuck', () => {
  const past = (run: () => Promise<unknown>) => [noted('one'), final('two', { pivot: true }), final('three', { run })];

  it.each([
    ['no answer', down],
    ['a no', no('gone')],
  ])('after the pivot keeps what was done on %s', async (_name, answer) => {
    const { log, journal } = await run(past(answer));
    expect(log).toEqual(['one', 'two']);
    expect(journal).toMatchObject({ state: 'stuck', reason: undefined });
  });

  it('goes on where it was when an operator says so', async () => {
    const { journal } = await run(past(down));
    const { log } = await run(
      past(() => Promise.resolve()),
      { journal, operator: { decision: 'retry', number: 1 } },
    );
    expect(log).toEqual([]);
    expect(journal.state).toBe('completed');
  });

  it('stays stuck for a run from before the operator’s decision', async () => {
    const { journal } = await run(past(down));
    expect(
      (
        await run(
          past(() => Promise.resolve()),
          { journal },
        )
      ).log,
    ).toEqual([]);
    expect(journal.state).toBe('stuck');
    await journal.resumed(1);
    expect(
      (
        await run(
          past(() => Promise.resolve()),
          { journal },
        )
      ).log,
    ).toEqual([]);
    expect(journal.state).toBe('running');
  });

  it('at a pivot without an answer, which an operator may have taken back', async () => {
    const steps = [noted('one'), final('two', { pivot: true, run: down })];
    const { journal } = await run(steps);
    expect(journal.state).toBe('stuck');
    const { log } = await run(steps, { journal, operator: { decision: 'compensate', number: 1 } });
    expect(log).toEqual(['undo one', 'cancelled: operator']);
    expect(journal.state).toBe('compensated');
  });

  it('is taken back when it is the pivot that says no', async () => {
    const { log } = await run([noted('one'), final('two', { pivot: true, run: no('shipping_failed') })]);
    expect(log).toEqual(['one', 'undo one', 'cancelled: shipping_failed']);
  });

  it('waits when a step would rather wait than be taken back', async () => {
    const steps = [noted('one'), noted('two', { run: down, onFailure: 'stuck' })];
    const { journal } = await run(steps);
    const { log } = await run(steps, { journal, operator: { decision: 'compensate', number: 1 } });
    expect(log).toEqual(['undo two', 'undo one', 'cancelled: operator']);
  });

  it.each([
    ['fails as often as it may', () => down(), 3],
    ['says no', () => Promise.reject(new SagaAbort('cannot_settle')), 1],
  ])('in a compensation that %s, and goes on from there', async (_name, compensate, attempts) => {
    const { log, journal } = await run([noted('one'), noted('two', { compensate }), noted('three', { run: no('declined') })]);
    expect(log).toEqual(['one', 'two']);
    expect(journal.state).toBe('stuck');
    expect(journal.attempts.get('compensate two')).toEqual({ count: attempts });
    const again = await run([noted('one'), noted('two'), noted('three')], {
      journal,
      operator: { decision: 'retry', number: 1 },
    });
    expect(again.log).toEqual(['undo two', 'undo one', 'cancelled: declined']);
    expect(journal.state).toBe('compensated');
  });
});

describe('the definition of a saga', () => {
  const define = (...steps: Step<object, Ports>[]) => defineSaga<object, Ports>({ name: 'test', version: '1', steps });

  it('is refused without steps, with two of a name, with two pivots', () => {
    expect(() => define()).toThrow('no steps');
    expect(() => define(noted('a'), noted('a'))).toThrow('two steps named a');
    expect(() => define(final('a', { pivot: true }), final('b', { pivot: true }))).toThrow('two pivots: a and b');
  });

  it('is refused when a step after the pivot could be taken back', () => {
    expect(() => define(final('a', { pivot: true }), noted('b'))).toThrow('b comes after the pivot');
    expect(() => define(final('a', { pivot: true }), final('b', { onFailure: 'compensate' }))).toThrow('b comes after the pivot');
  });
});
