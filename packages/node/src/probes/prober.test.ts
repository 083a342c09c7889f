import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Probe } from '../pod/types.ts';
import { runProber, type ProbeResult } from './prober.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs a probe whose answer is `answers(ms since the start)`. */
function start(probe: Probe, answers: (atMs: number) => boolean, isEager = true) {
  const stop = new AbortController();
  const attempts: number[] = [];
  const results: (Pick<ProbeResult, 'ok' | 'isBelieved'> & { atMs: number })[] = [];
  const begin = performance.now();
  const now = () => Math.round(performance.now() - begin);
  const ended = runProber({
    probe,
    isEager,
    signal: stop.signal,
    check() {
      attempts.push(now());
      return Promise.resolve({ ok: answers(now()), message: '' });
    },
    onResult: ({ ok, isBelieved }) => results.push({ ok, isBelieved, atMs: now() }),
  });
  return { attempts, results, stop: () => (stop.abort(), ended) };
}

it('finds a start within a moment, however long the period is', async () => {
  const prober = start({ periodSeconds: 10 }, (atMs) => atMs >= 400);
  await vi.advanceTimersByTimeAsync(1000);
  const success = prober.results.find(({ ok }) => ok);
  expect(success?.atMs).toBeGreaterThanOrEqual(400);
  expect(success?.atMs).toBeLessThan(550);
  await prober.stop();
});

it('does not count the extra tries as failures', async () => {
  const prober = start({ periodSeconds: 1, failureThreshold: 3 }, () => false);
  await vi.advanceTimersByTimeAsync(1900);
  expect(prober.attempts.length).toBeGreaterThan(5);
  expect(prober.results.some(({ isBelieved }) => isBelieved)).toBe(false);
  await vi.advanceTimersByTimeAsync(700);
  expect(prober.results.some(({ ok, isBelieved }) => isBelieved && !ok)).toBe(true);
  await prober.stop();
});

it('keeps to the period after the first success', async () => {
  const prober = start({ periodSeconds: 2 }, () => true);
  await vi.advanceTimersByTimeAsync(7000);
  expect(prober.attempts).toEqual([0, 2000, 4000, 6000]);
  await prober.stop();
});

it('believes a failure after failureThreshold in a row, and a success after successThreshold', async () => {
  const prober = start({ periodSeconds: 1, failureThreshold: 2, successThreshold: 2 }, (atMs) => atMs < 1500 || atMs > 3500);
  await vi.advanceTimersByTimeAsync(5500);
  const changes = prober.results.map(({ ok, atMs }) => `${ok ? 'ready' : 'unready'} ${Math.floor(atMs / 1000)}`);
  expect(changes).toEqual(['ready 0', 'ready 1', 'unready 3', 'ready 5']);
  await prober.stop();
});

it('waits for the initial delay when it is not eager', async () => {
  const prober = start({ initialDelaySeconds: 5, periodSeconds: 1 }, () => true, false);
  await vi.advanceTimersByTimeAsync(4900);
  expect(prober.attempts).toEqual([]);
  await vi.advanceTimersByTimeAsync(1200);
  expect(prober.attempts).toEqual([5000, 6000]);
  await prober.stop();
});
