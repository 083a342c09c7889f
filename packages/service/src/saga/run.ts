/**
 * Carries out one saga. Knows nothing of how it is made durable: the journal remembers what has happened, and whoever runs the saga again goes on
 * behind that.
 *
 *   step ─► pivot ─► step ─► completed
 *     │       │       │
 *     │       │       └ no, or no answer after the last attempt ─► stuck ◄─┐
 *     │       └──────── no answer after the last attempt ───────────┘      │
 *     │ no, or no answer after the last attempt                            │ no, or no answer
 *     ▼                                                                    │ after the last attempt
 *   compensate in reverse ─────────────────────────────────────────────────┤
 *     └─► onCompensated ─────────────────────────────────────────────────┘
 *           └─► compensated                  stuck: an operator has it go on where it is, or taken back
 */
import { carryOut, persist, type Context } from './attempt.ts';
import { keyOf, nothing, type Memory, type Outcome, type Task, type Times } from './journal.ts';
import { isPast, type AttemptPolicy, type RetryPolicy, type Saga, type Step } from './saga.ts';

export type SagaRun<Input, Ports> = Omit<Context, 'sagaName'> & {
  readonly saga: Saga<Input, Ports>;
  readonly input: Input;
  readonly ports: Ports;
  /** It has never been run, here or elsewhere, so there is nothing to remember. Default: that is unknown. */
  readonly isNew?: boolean;
  /** `undefined`: the saga begins, or goes on after a crash. `number` counts an operator's decisions from 1. */
  readonly operator?: OperatorDecision | undefined;
};

export type OperatorDecision = { readonly decision: 'retry' | 'compensate'; readonly number: number };

/** What the saga is at, in this run. */
type Course<Input, Ports> = {
  readonly run: SagaRun<Input, Ports>;
  readonly context: Context;
  readonly memory: Memory;
  /** By `keyOf`: what is remembered, also from this run. */
  readonly outcomes: Map<string, Outcome>;
  /** Whether this run has attempted something: what it attempts first may have been attempted by one that left no trace. */
  hasAttempted: boolean;
};

/** The reason of a saga that an operator had taken back. */
const byOperator = 'operator';
const defaultTimeoutMs = 10_000;
const stepRetry: Required<RetryPolicy> = { attempts: 5, initialMs: 100, maxMs: 2000 };
/** About ten minutes. */
const compensationRetry: Required<RetryPolicy> = { attempts: 60, initialMs: 100, maxMs: 10_000 };
const defaultPendingForMs = 600_000;
const ended: ReadonlySet<string | undefined> = new Set(['stuck', 'completed', 'compensated']);

/** Resolves when there is nothing left to do in this run: the saga has ended, or is stuck. */
export async function runSaga<Input, Ports>(run: SagaRun<Input, Ports>): Promise<void> {
  const context: Context = { ...run, sagaName: run.saga.name };
  const { journal, operator } = run;
  if (operator) await persist(context, () => journal.resumed(operator.number));
  const memory = run.isNew === true ? nothing : await persist(context, () => journal.load());
  // Otherwise this run was overtaken, by an operator's decision or by another process with the same saga.
  const isCurrent = memory.resumed === (operator?.number ?? 0) && !ended.has(memory.state);
  if (!isCurrent) return;
  const course = { run, context, memory, outcomes: new Map(memory.outcomes), hasAttempted: false };
  const wish = operator?.decision === 'compensate' ? byOperator : undefined;
  const reason = memory.reason ?? wish ?? (await goForward(course));
  if (reason !== undefined) await takeBack(course, reason);
}

/** Resolves to the reason why it has to be taken back; `undefined` when it has come to its end or is stuck. */
async function goForward<Input, Ports>(course: Course<Input, Ports>): Promise<string | undefined> {
  const { run, context, memory, outcomes } = course;
  for (const step of run.saga.steps) {
    const outcome = outcomes.get(keyOf(running(step))) ?? (await attemptStep(course, step));
    if (outcome === undefined) return undefined;
    outcomes.set(keyOf(running(step)), outcome);
    if (!outcome.ok) return outcome.reason;
  }
  if (memory.state !== undefined) await persist(context, () => run.journal.completed());
  return undefined;
}

/** `undefined`: the saga is stuck. */
async function attemptStep<Input, Ports>(course: Course<Input, Ports>, step: Step<Input, Ports>): Promise<Outcome | undefined> {
  const { run, context, memory, outcomes } = course;
  const { saga, sagaId, input, ports } = run;
  const task = running(step);
  const mayHaveBeenAttempted = !course.hasAttempted;
  course.hasAttempted = true;
  const stepContext = {
    sagaId,
    input,
    ports,
    results: resultsOf(saga, outcomes),
    idempotencyKey: `${saga.name}:${sagaId}:${step.name}`,
  };
  const work = {
    task,
    ...policyOf(step, stepRetry),
    pendingForMs: step.pendingForMs ?? defaultPendingForMs,
    run: async (signal: AbortSignal) => asJson(await step.run({ ...stepContext, signal })),
  };
  const end = await carryOut(context, work, memory.attempts.get(keyOf(task)));
  if (end.kind === 'done') return remember(context, task, { ok: true, result: end.value }, end.times);
  if (makesStuck(saga, step, end.kind)) {
    await persist(context, () => run.journal.stuck(task, end.error));
    return undefined;
  }
  const reason = end.kind === 'no' ? end.reason : `step_failed:${step.name}`;
  const mayHaveHappened = end.kind === 'exhausted' || end.isUncertain || mayHaveBeenAttempted;
  return remember(context, task, { ok: false, reason, mayHaveHappened }, end.times);
}

async function takeBack<Input, Ports>(course: Course<Input, Ports>, why: string): Promise<void> {
  const { run, context, memory } = course;
  const reason = memory.reason ?? (await persist(context, () => run.journal.takingBack(why)));
  for (const step of run.saga.steps.toReversed())
    if (isToBeTakenBack(course, step) && !(await compensate(course, step, reason))) return;
  const { sagaId, saga, input, ports } = run;
  const times = await compensation(course, { step: 'onCompensated', part: 'compensate' }, {}, async () =>
    saga.onCompensated?.({ sagaId, input, ports, reason }),
  );
  if (times) await persist(context, () => run.journal.compensated());
}

function isToBeTakenBack<Input, Ports>({ memory, outcomes }: Course<Input, Ports>, step: Step<Input, Ports>): boolean {
  if (!step.compensate || outcomes.has(keyOf({ step: step.name, part: 'compensate' }))) return false;
  const outcome = outcomes.get(keyOf(running(step)));
  // Without an outcome: it is where the saga was stuck.
  return outcome ? outcome.ok || outcome.mayHaveHappened : memory.attempts.has(keyOf(running(step)));
}

/** False: the saga is stuck. */
async function compensate<Input, Ports>(
  course: Course<Input, Ports>,
  step: Step<Input, Ports>,
  reason: string,
): Promise<boolean> {
  const { run, context, outcomes } = course;
  const { saga, sagaId, input, ports } = run;
  const task: Task = { step: step.name, part: 'compensate' };
  const idempotencyKey = `${saga.name}:${sagaId}:${step.name}:compensate`;
  const stepContext = { sagaId, input, ports, results: resultsOf(saga, outcomes), reason, idempotencyKey };
  const policy = { ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }), ...step.compensation };
  const times = await compensation(course, task, policy, async (signal) => step.compensate?.({ ...stepContext, signal }));
  if (times) await remember(context, task, { ok: true, result: null }, times);
  return times !== undefined;
}

/** `undefined`: the saga is stuck. */
async function compensation<Input, Ports>(
  { run, context, memory }: Course<Input, Ports>,
  task: Task,
  policy: AttemptPolicy,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<Times | undefined> {
  const whole = { task, ...policyOf(policy, compensationRetry), pendingForMs: 0, run: work };
  const end = await carryOut(context, whole, memory.attempts.get(keyOf(task)));
  if (end.kind === 'done') return end.times;
  await persist(context, () => run.journal.stuck(task, end.error));
  return undefined;
}

const running = ({ name }: { readonly name: string }): Task => ({ step: name, part: 'run' });

const remember = (context: Context, task: Task, outcome: Outcome, times: Times): Promise<Outcome> =>
  persist(context, () => context.journal.remember(task, outcome, times));

function makesStuck<Input, Ports>(saga: Saga<Input, Ports>, step: Step<Input, Ports>, end: 'no' | 'exhausted'): boolean {
  if (isPast(saga.steps, saga.steps.indexOf(step))) return true;
  return end === 'exhausted' && (step.onFailure ?? (step.pivot ? 'stuck' : 'compensate')) === 'stuck';
}

const policyOf = ({ timeoutMs = defaultTimeoutMs, retry }: AttemptPolicy, defaults: Required<RetryPolicy>) => ({
  timeoutMs,
  retry: { ...defaults, ...retry },
});

function resultsOf<Input, Ports>({ steps }: Saga<Input, Ports>, outcomes: ReadonlyMap<string, Outcome>): Record<string, unknown> {
  const results: Record<string, unknown> = {};
  for (const step of steps) {
    const outcome = outcomes.get(keyOf(running(step)));
    if (outcome?.ok) results[step.name] = outcome.result;
  }
  return results;
}

/** What the journal would give back after a crash is what the next step sees without one, too. */
const asJson = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));
