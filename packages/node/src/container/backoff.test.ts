import { expect, it } from 'vitest';
import { createRestartBackoff } from './backoff.ts';

it('restarts at once, then waits twice as long each time, five minutes at most', () => {
  const backoff = createRestartBackoff();
  const delays = Array.from({ length: 13 }, () => backoff.next(100));
  expect(delays).toEqual([0, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]);
});

it('begins anew after a run that lasted', () => {
  const backoff = createRestartBackoff();
  backoff.next(100);
  backoff.next(100);
  expect(backoff.next(60_000)).toBe(0);
});
