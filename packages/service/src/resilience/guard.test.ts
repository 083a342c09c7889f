import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../telemetry/metrics.ts';
import { createGuard } from './create-guard.ts';
import { GuardError, type GuardOptions } from './guard.ts';

const metrics = createMetrics('test');
let count = 0;

/** A guard of its own name: the metrics of all tests are in one registry. */
function guardWith(options: GuardOptions) {
  return createGuard({ name: `dependency-${++count}`, log: pino({ level: 'silent' }), meter: metrics.meter }, options);
}

const fail = (message = 'unwell') => Promise.reject(new Error(message));
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error instanceof GuardError ? error.code : 'other'),
  );

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('a guard', () => {
  it('tries again with growing pauses, and gives the answer', async () => {
    const at: number[] = [];
    const began = Date.now();
    const answer = guardWith({ attempts: 4, backoff: { firstMs: 100 } }).run(() => {
      at.push(Date.now() - began);
      return at.length < 4 ? fail() : Promise.resolve('done');
    });
    await vi.runAllTimersAsync();
    expect(await answer).toBe('done');
    expect(at).toHaveLength(4);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(pauses.every((pause) => pause > 0)).toBe(true);
  });

  it('gives the last error when all attempts failed', async () => {
    let attempts = 0;
    const answer = guardWith({ attempts: 3 }).run(() => fail(`attempt ${++attempts}`));
    const outcome = expect(answer).rejects.toThrow('attempt 3');
    await vi.runAllTimersAsync();
    await outcome;
  });

  it('tries once what somebody else tries again', async () => {
    const work = vi.fn(() => fail());
    await expect(guardWith({ attempts: 3 }).run(work, { attempts: 1 })).rejects.toThrow('unwell');
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('does not repeat, nor count against the breaker, what is an answer', async () => {
    const guard = guardWith({ isFailure: (error) => !String(error).includes('declined') });
    const work = vi.fn(() => fail('declined'));
    for (let call = 0; call < 50; call++) await expect(guard.run(work)).rejects.toThrow('declined');
    expect(work).toHaveBeenCalledTimes(50);
    expect(guard.state).toBe('closed');
  });

  it('ends an attempt whose time is up, and tells it by its signal', async () => {
    let signal: AbortSignal | undefined;
    const outcome = code(
      guardWith({ timeoutMs: 200, attempts: 1 }).run((given) => {
        signal = given;
        return new Promise(() => undefined);
      }),
    );
    await vi.advanceTimersByTimeAsync(199);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toBe('GUARD_TIMEOUT');
    expect(signal?.aborted).toBe(true);
  });

  it('leaves a failing dependency alone, tries it after a while, and trusts it again', async () => {
    const guard = guardWith({ attempts: 1, breaker: { failureShare: 0.5, windowMs: 1000, openMs: 3000 } });
    const work = vi.fn(() => fail());
    while (guard.state === 'closed') {
      await code(guard.run(work));
      await vi.advanceTimersByTimeAsync(50);
      expect(work.mock.calls.length).toBeLessThan(100);
    }
    const calls = work.mock.calls.length;
    expect(await code(guard.run(work))).toBe('GUARD_OPEN');
    expect(work).toHaveBeenCalledTimes(calls);
    await vi.advanceTimersByTimeAsync(3000);
    expect(await code(guard.run(work))).toBe('other');
    expect(guard.state).toBe('open');
    await vi.advanceTimersByTimeAsync(3000);
    expect(await guard.run(() => Promise.resolve('well'))).toBe('well');
    expect(guard.state).toBe('closed');
  });

  it('lets only so many calls in, and only so many wait', async () => {
    const guard = guardWith({ bulkhead: { concurrent: 2, waiting: 1 } });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const calls = [1, 2, 3].map(() => guard.run(() => promise));
    expect(await code(guard.run(() => promise))).toBe('GUARD_BUSY');
    resolve(undefined);
    await Promise.all(calls);
  });

  it('says in the metrics how it is', async () => {
    const guard = guardWith({ attempts: 1 });
    await guard.run(() => Promise.resolve());
    await code(guard.run(() => fail()));
    const text = await metrics.render();
    const sample = (metric: string, labels: string) =>
      new RegExp(`^${metric}\\{guard="${guard.name}"${labels}[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1];
    expect(sample('guard_breaker_state', ',state="closed"')).toBe('1');
    expect(sample('guard_breaker_state', ',state="open"')).toBe('0');
    expect(sample('guard_calls_total', ',outcome="success"')).toBe('1');
    expect(sample('guard_calls_total', ',outcome="failure"')).toBe('1');
    expect(sample('guard_in_flight', '')).toBe('0');
  });
});
