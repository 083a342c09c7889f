import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkQueue, type ReconcileResult } from './work-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);
const ignore = () => undefined;

describe('WorkQueue', () => {
  it('reconciles a key once, however often it was added before', async () => {
    const keys: string[] = [];
    const queue = new WorkQueue((key) => Promise.resolve(void keys.push(key)), ignore);
    for (const key of ['a', 'a', 'b', 'a']) queue.add(key);
    await settle();
    expect(keys).toEqual(['a', 'b']);
  });

  it('never reconciles a key twice at the same time, and once more when it was added meanwhile', async () => {
    const ends: (() => void)[] = [];
    let [running, most] = [0, 0];
    const queue = new WorkQueue(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((end) => ends.push(end));
      running--;
      return undefined;
    }, ignore);
    queue.add('a');
    await settle();
    queue.add('a');
    queue.add('a');
    ends[0]?.();
    await settle();
    ends[1]?.();
    await settle();
    expect({ most, runs: ends.length }).toEqual({ most: 1, runs: 2 });
  });

  it('comes back after a failure, each time later, and forgets that after a success', async () => {
    const times: number[] = [];
    let failures = 4;
    const queue = new WorkQueue(() => {
      times.push(Date.now());
      return failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve(undefined);
    }, ignore);
    queue.add('a');
    await vi.advanceTimersByTimeAsync(1000);
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([5, 10, 20, 40]);
    failures = 1;
    queue.add('a');
    await vi.advanceTimersByTimeAsync(1000);
    expect((times.at(-1) ?? 0) - (times.at(-2) ?? 0)).toBe(5);
  });

  it('comes back when it is asked to, at the earliest of the times', async () => {
    const times: number[] = [];
    const start = Date.now();
    const answers: (ReconcileResult | undefined)[] = [{ requeueAfterMs: 500 }, { requeueAfterMs: 100 }];
    const queue = new WorkQueue(() => {
      times.push(Date.now() - start);
      return Promise.resolve(answers.shift());
    }, ignore);
    queue.add('a');
    await vi.advanceTimersByTimeAsync(50);
    queue.add('a');
    await vi.advanceTimersByTimeAsync(1000);
    expect(times).toEqual([0, 50, 150]);
  });

  it('takes nothing more once it is stopped, and waits for what is running', async () => {
    let end: () => void = ignore;
    const queue = new WorkQueue(() => new Promise((resolve) => (end = () => resolve(undefined))), ignore);
    queue.add('a');
    await settle();
    let hasStopped = false;
    const stopped = queue.stop().then(() => (hasStopped = true));
    queue.add('b');
    await settle();
    expect(hasStopped).toBe(false);
    end();
    await stopped;
    expect(hasStopped).toBe(true);
  });
});
