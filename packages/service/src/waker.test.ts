import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoop, type WakingLoop } from './waker.ts';

const windowMs = 40;
const pollMs = 5000;

describe('a loop that gathers', () => {
  let runs: number;
  let came: number;
  let window: number;
  let loop: WakingLoop;
  const passing = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    runs = 0;
    came = 0;
    window = windowMs;
    const gathering = { enough: 10, came: (count: number) => void (came += count), windowMs: () => window };
    loop = createLoop(() => {
      runs++;
      return Promise.resolve(pollMs);
    }, gathering);
    loop.start();
    await passing(0);
    runs = 0;
  });

  afterEach(async () => {
    await loop.close();
    vi.useRealTimers();
  });

  it('looks once for all it is woken for while it waits for more', async () => {
    loop.wake();
    await passing(windowMs / 2);
    loop.wake();
    expect(runs).toBe(0);
    await passing(windowMs / 2);
    expect(runs).toBe(1);
    await passing(pollMs / 2);
    expect([runs, came]).toEqual([1, 2]);
  });

  it('looks at once when nothing is worth waiting for', async () => {
    window = 0;
    loop.wake();
    await passing(0);
    expect(runs).toBe(1);
  });

  it('looks as ever when nobody wakes it', async () => {
    await passing(pollMs);
    expect(runs).toBe(1);
  });

  it('ends without waiting for more', async () => {
    loop.wake();
    await passing(1);
    await loop.close();
    expect(runs).toBeLessThanOrEqual(1);
  });
});
