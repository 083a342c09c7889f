/** The guard on cockatiel, with its state and its outcomes as metrics. */
import type { Meter } from '@opentelemetry/api';
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  SamplingBreaker,
  TaskCancelledError,
  TimeoutStrategy,
  bulkhead,
  circuitBreaker,
  handleWhen,
  retry,
  timeout,
  wrap,
} from 'cockatiel';
import type { Logger } from 'pino';
import { GuardError, type Guard, type GuardOptions, type GuardState } from './guard.ts';

export type GuardContext = { readonly name: string; readonly log: Logger; readonly meter: Meter };

const states: Readonly<Record<CircuitState, GuardState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

const stateNames: readonly GuardState[] = ['closed', 'half-open', 'open'];

export function createGuard({ name, log, meter }: GuardContext, options: GuardOptions): Guard {
  const { timeoutMs = 5000, attempts = 3, isFailure = () => true } = options;
  const { firstMs = 50, maxMs = 2000 } = options.backoff ?? {};
  const {
    consecutiveFailures,
    failureShare = 0.5,
    windowMs = 10_000,
    minimumPerSecond = 1,
    openMs = 5000,
  } = options.breaker ?? {};
  const { concurrent = 16, waiting = 64 } = options.bulkhead ?? {};
  const isUnwell = (error: unknown) => error instanceof TaskCancelledError || (!isRefusal(error) && isFailure(error));
  const gate = bulkhead(concurrent, waiting);
  const breaker = circuitBreaker(handleWhen(isUnwell), {
    halfOpenAfter: openMs,
    breaker:
      consecutiveFailures === undefined
        ? new SamplingBreaker({ threshold: failureShare, duration: windowMs, minimumRps: minimumPerSecond })
        : new ConsecutiveBreaker(consecutiveFailures),
  });
  // Aborting what has returned would make an exception, with its stack, at every call.
  const attempt = wrap(breaker, timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false }));
  const retries = retry(handleWhen(isUnwell), {
    maxAttempts: attempts - 1,
    backoff: new ExponentialBackoff({ initialDelay: firstMs, maxDelay: maxMs }),
  });
  const policies = { once: wrap(gate, attempt), repeated: wrap(gate, retries, attempt) };
  const instruments = observe(meter, name, { state: () => breaker.state, inFlight: () => concurrent - gate.executionSlots });
  breaker.onStateChange((state) =>
    log[state === CircuitState.Open ? 'warn' : 'info']({ guard: name }, `breaker is ${states[state]}`),
  );
  return {
    name,
    get state() {
      return states[breaker.state];
    },
    run: async (work, { attempts: limit } = {}) => {
      const policy = limit === 1 ? policies.once : policies.repeated;
      try {
        const result = await policy.execute(({ signal }) => work(signal));
        instruments.finished('success');
        return result;
      } catch (error) {
        const known = guardError(name, error, timeoutMs);
        instruments.finished(known?.code ?? (isFailure(error) ? 'failure' : 'success'));
        throw known ?? error;
      }
    },
  };
}

/** Our own refusals say nothing about the dependency. */
function isRefusal(error: unknown): boolean {
  return error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError;
}

function guardError(name: string, error: unknown, timeoutMs: number): GuardError | undefined {
  if (error instanceof BrokenCircuitError)
    return new GuardError('GUARD_OPEN', name, `${name} failed too often; it is left alone for a while`, { cause: error });
  if (error instanceof BulkheadRejectedError)
    return new GuardError('GUARD_BUSY', name, `too many calls to ${name} are under way`, { cause: error });
  if (error instanceof TaskCancelledError)
    return new GuardError('GUARD_TIMEOUT', name, `${name} did not answer within ${timeoutMs} ms`, { cause: error });
  return undefined;
}

type Outcome = 'success' | 'failure' | GuardError['code'];

/** Names of our own: OpenTelemetry has no conventions for breakers yet. */
function observe(meter: Meter, guard: string, read: { state: () => CircuitState; inFlight: () => number }) {
  const calls = meter.createCounter('guard.calls', { description: 'Calls through a guard by outcome, retries not counted' });
  meter
    .createObservableGauge('guard.breaker.state', { description: '1 for the state the breaker is in' })
    .addCallback((result) => {
      for (const state of stateNames) result.observe(states[read.state()] === state ? 1 : 0, { guard, state });
    });
  meter
    .createObservableGauge('guard.in_flight', { description: 'Calls under way' })
    .addCallback((result) => result.observe(read.inFlight(), { guard }));
  return { finished: (outcome: Outcome) => calls.add(1, { guard, outcome }) };
}
