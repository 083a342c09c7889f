/**
 * Carries out one saga. Knows nothing of how it is made durable: the journal remembers what has happened, and after a
 * crash the saga runs again from the top while the journal gives back what it remembers.
 *
 *   step ─► step ─► step ─► completed
 *             │ no, or no answer after the last attempt
 *             ▼
 *   compensate in reverse (until each succeeds) ─► onCompensated ─► compensated
 */
import { setTimeout as delay } from 'node:timers/promises';
import { inSpan, SpanKind } from '../telemetry/trace.ts';
import type { Progress } from './progress.ts';
import { SagaAbort, type RetryPolicy, type Saga, type Step } from './saga.ts';

/** Runs `work` and remembers its result, which must be JSON; a later call with the same name gets the remembered one. */
export type Journal = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export type SagaRun<Input, Ports> = {
  readonly saga: Saga<Input, Ports>;
  readonly sagaId: string;
  readonly input: Input;
  readonly ports: Ports;
  readonly journal: Journal;
  readonly progress: Progress;
  /**
   * Aborted when the process ends. What fails after that is not held against the saga: it stops where it is, for good
   * in this process, and another one goes on.
   */
  readonly ending: AbortSignal;
};

/** As the journal remembers it. `mayHaveHappened`: there was an attempt whose outcome nobody knows. */
type StepOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly reason: string; readonly mayHaveHappened: boolean };

const defaultTimeoutMs = 10_000;
const defaultRetry: Required<RetryPolicy> = { attempts: 5, initialMs: 100, maxMs: 2000 };
/** After so many failed attempts a compensation is a case for a person; it goes on being tried. */
const stuckAfterAttempts = 10;

export async function runSaga<Input, Ports>(run: SagaRun<Input, Ports>): Promise<void> {
  await run.journal('begin', () => persist(run, () => run.progress.begun()));
  const results: Record<string, unknown> = {};
  const toCompensate: Step<Input, Ports>[] = [];
  for (const step of run.saga.steps) {
    const outcome = await run.journal(step.name, () => attemptStep(run, step, results));
    if (outcome.ok) {
      results[step.name] = outcome.result;
      toCompensate.push(step);
      continue;
    }
    if (outcome.mayHaveHappened) toCompensate.push(step);
    await takeBack(run, toCompensate.reverse(), results, outcome.reason);
    return;
  }
  await run.journal('complete', () => persist(run, () => run.progress.completed()));
}

async function attemptStep<Input, Ports>(
  run: SagaRun<Input, Ports>,
  step: Step<Input, Ports>,
  results: Record<string, unknown>,
): Promise<StepOutcome> {
  const { sagaId, saga, input, ports, progress } = run;
  const policy = { ...defaultRetry, ...step.retry };
  for (let attempt = 1; ; attempt++) {
    const attemptsEver = await persist(run, () => progress.stepStarted(step.name));
    try {
      const context = { sagaId, input, ports, results: { ...results }, idempotencyKey: `${saga.name}:${sagaId}:${step.name}` };
      const result = await limited(step, (signal) => step.run({ ...context, signal }));
      await persist(run, () => progress.stepDone(step.name));
      return { ok: true, result: asJson(result) };
    } catch (error) {
      await stopWhenEnding(run.ending);
      const isNo = error instanceof SagaAbort;
      const isLast = isNo || attempt >= policy.attempts;
      await persist(run, () => progress.stepFailed(step.name, message(error), isLast));
      if (isNo) return { ok: false, reason: error.reason, mayHaveHappened: attemptsEver > 1 };
      if (isLast) return { ok: false, reason: `step_failed:${step.name}`, mayHaveHappened: true };
      await pause(policy, attempt, run.ending);
    }
  }
}

async function takeBack<Input, Ports>(
  run: SagaRun<Input, Ports>,
  steps: readonly Step<Input, Ports>[],
  results: Record<string, unknown>,
  reason: string,
): Promise<void> {
  const { sagaId, saga, input, ports, progress, journal } = run;
  await journal('compensating', () => persist(run, () => progress.compensating(reason)));
  for (const step of steps) {
    const { compensate } = step;
    if (!compensate) continue;
    const context = { sagaId, input, ports, results, reason, idempotencyKey: `${saga.name}:${sagaId}:${step.name}:compensate` };
    await journal(`compensate ${step.name}`, async () => {
      await persist(run, () => progress.stepCompensating(step.name));
      await untilItSucceeds(run, step, () => limited(step, (signal) => compensate({ ...context, signal })));
      await persist(run, () => progress.stepCompensated(step.name));
    });
  }
  await journal('compensated', async () => {
    await untilItSucceeds(run, undefined, () => saga.onCompensated?.({ sagaId, input, ports, reason }) ?? Promise.resolve());
    await persist(run, () => progress.compensated());
  });
}

async function untilItSucceeds<Input, Ports>(
  run: SagaRun<Input, Ports>,
  step: Step<Input, Ports> | undefined,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      await stopWhenEnding(run.ending);
      await persist(run, () => run.progress.compensationFailed(step?.name, message(error), attempt >= stuckAfterAttempts));
      await pause({ ...defaultRetry, ...step?.retry }, attempt, run.ending);
    }
  }
}

/** Progress is kept in a database that may be away for a while; a saga waits for it rather than fail by it. */
async function persist<T>({ ending }: { readonly ending: AbortSignal }, write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch {
      await stopWhenEnding(ending);
      await pause(defaultRetry, attempt, ending);
    }
  }
}

/** One attempt, no longer than the step allows, also when it does not listen to its signal. */
function limited<T>(
  { name, timeoutMs = defaultTimeoutMs }: { readonly name: string; readonly timeoutMs?: number },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  return inSpan(`saga step ${name}`, SpanKind.INTERNAL, {}, async () => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const error = new Error(`${name} took longer than ${timeoutMs} ms`);
        controller.abort(error);
        reject(error);
      }, timeoutMs);
    });
    try {
      return await Promise.race([work(controller.signal), timeout]);
    } finally {
      clearTimeout(timer);
    }
  });
}

/** Exponential, with jitter between half and the whole. */
async function pause({ initialMs, maxMs }: Required<RetryPolicy>, attempt: number, ending: AbortSignal): Promise<void> {
  const longest = Math.min(maxMs, initialMs * 2 ** Math.min(attempt - 1, 20));
  await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: ending }).catch(() => stopWhenEnding(ending));
}

/** Never resolves once the process is ending: an outcome that came from that must not be remembered. */
const stopWhenEnding = (ending: AbortSignal): Promise<void> =>
  ending.aborted ? new Promise<never>(() => undefined) : Promise.resolve();

/** What the journal would give back after a crash is what the next step sees without one, too. */
const asJson = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
