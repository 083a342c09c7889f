/**
 * Carries out one thing a saga does, a step or a compensation, by attempts: each no longer than its time, with growing pauses in between, until it is
 * done, refused, or was tried often enough. What goes wrong is noted; what goes well is the caller's to remember.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { inSpan, SpanKind } from '../telemetry/trace.ts';
import type { Waker } from '../waker.ts';
import type { Attempts, Journal, Task, Times } from './journal.ts';
import { reached, type SagaPhase } from './points.ts';
import { SagaAbort, SagaPending, type RetryPolicy } from './saga.ts';

export type Context = {
  readonly sagaName: string;
  readonly sagaId: string;
  readonly journal: Journal;
  readonly log: Logger;
  /** Cuts a wait for `SagaPending` short. */
  readonly waker: Waker;
  /**
   * Aborted when the process ends. What fails after that is not held against the saga: it stops where it is, for good
   * in this process, and another one goes on.
   */
  readonly ending: AbortSignal;
};

export type Work<T> = {
  readonly task: Task;
  readonly run: (signal: AbortSignal) => Promise<T>;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly retry: Required<RetryPolicy>;
  /** For all the times together it asks to be asked again. */
  readonly pendingForMs: number;
};

/** `isUncertain`: an attempt before may have had an effect. */
export type End<T> =
  | { readonly kind: 'done'; readonly times: Times; readonly value: T }
  | { readonly kind: 'no'; readonly times: Times; readonly error: string; readonly reason: string; readonly isUncertain: boolean }
  | { readonly kind: 'exhausted'; readonly times: Times; readonly error: string };

/** @param earlier what earlier runs tried. */
export async function carryOut<T>(context: Context, work: Work<T>, earlier: Attempts | undefined): Promise<End<T>> {
  let { count = 0, waiting } = earlier ?? {};
  let failures = 0;
  for (;;) {
    const startedAt = new Date();
    const answer = await attempt(context, work).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const times = { startedAt, endedAt: new Date() };
    if ('value' in answer) return { kind: 'done', times, value: answer.value };
    await stopWhenEnding(context.ending);
    const { error } = answer;
    const note = (number: number, isWaiting: boolean) => noteFailure(context, work.task, { ...times, number, isWaiting }, error);
    if (error instanceof SagaPending) {
      if (!waiting) await note((waiting = { number: ++count, since: startedAt }).number, true);
      const isOver = times.endedAt.getTime() - waiting.since.getTime() >= work.pendingForMs;
      if (isOver) return { kind: 'no', times, error: error.message, reason: error.reason, isUncertain: true };
      await untilWoken(context, error.askAgainMs);
      continue;
    }
    await note(++count, false);
    if (error instanceof SagaAbort)
      return { kind: 'no', times, error: messageOf(error), reason: error.reason, isUncertain: count > 1 };
    if (++failures >= work.retry.attempts) return { kind: 'exhausted', times, error: messageOf(error) };
    await pause(work.retry, failures, context.ending);
  }
}

/** Repeats what needs the database until it is there: a saga waits for it rather than fail by it. */
export async function persist<T>({ ending, log }: Pick<Context, 'ending' | 'log'>, write: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await write();
    } catch (error) {
      await stopWhenEnding(ending);
      log.warn({ err: error, failures }, 'a saga waits for its journal');
      await pause(persistRetry, failures, ending);
    }
  }
}

const persistRetry = { initialMs: 100, maxMs: 2000 };

async function attempt<T>({ sagaName: saga, sagaId: id }: Context, { task: { step, part }, ...work }: Work<T>): Promise<T> {
  const at = (phase: SagaPhase) => reached({ saga, id, step, phase });
  at(part === 'run' ? 'before' : 'before-compensate');
  const pending = limited(part === 'run' ? step : `${step} compensation`, work);
  if (part === 'compensate') at('in-compensate');
  const value = await pending;
  at(part === 'run' ? 'after' : 'after-compensate');
  return value;
}

/** No longer than it may take, also when it does not listen to its signal. */
function limited<T>(name: string, { timeoutMs, run }: Pick<Work<T>, 'timeoutMs' | 'run'>): Promise<T> {
  const controller = new AbortController();
  return inSpan(`saga step ${name}`, SpanKind.INTERNAL, {}, async () => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const error = new StepTimeout(`${name} took longer than ${timeoutMs} ms`);
        controller.abort(error);
        reject(error);
      }, timeoutMs);
    });
    try {
      return await Promise.race([run(controller.signal), timeout]);
    } finally {
      clearTimeout(timer);
    }
  });
}

class StepTimeout extends Error {
  readonly code = 'SAGA_TIMEOUT';
}

type Numbered = Times & { readonly number: number; readonly isWaiting: boolean };

async function noteFailure(context: Context, task: Task, attempt: Numbered, error: unknown): Promise<void> {
  const failure = { ...attempt, code: codeOf(error), message: messageOf(error) };
  if (!attempt.isWaiting)
    context.log.info(
      { saga: context.sagaName, sagaId: context.sagaId, ...task, attempt: attempt.number, err: error },
      'saga attempt failed',
    );
  await persist(context, () => context.journal.failed(task, failure));
}

/** Exponential, with jitter between half and the whole. */
async function pause(
  { initialMs, maxMs }: Omit<Required<RetryPolicy>, 'attempts'>,
  failures: number,
  ending: AbortSignal,
): Promise<void> {
  const longest = Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 20));
  await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: ending }).catch(() => stopWhenEnding(ending));
}

async function untilWoken({ waker, ending }: Context, ms: number): Promise<void> {
  const wake = () => waker.wake();
  ending.addEventListener('abort', wake, { once: true });
  await waker.wait(ms);
  ending.removeEventListener('abort', wake);
  await stopWhenEnding(ending);
}

/** Never resolves once the process is ending: an outcome that came from that must not be remembered. */
const stopWhenEnding = (ending: AbortSignal): Promise<void> =>
  ending.aborted ? new Promise<never>(() => undefined) : Promise.resolve();

function codeOf(error: unknown): string {
  if (error instanceof SagaAbort || error instanceof SagaPending) return error.reason;
  if (!(error instanceof Error)) return 'Error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
