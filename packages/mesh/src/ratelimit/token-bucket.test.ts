import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

const settings = { maxTokens: 4, tokensPerFill: 4, fillIntervalMs: 60_000 };

test('begins full, and fills evenly as time passes', () => {
  const bucket = new TokenBucket(settings, 0);
  for (let count = 0; count < 4; count++) expect(bucket.take(0)).toBe(true);
  expect(bucket.take(0)).toBe(false);
  expect(bucket.nextTokenMs(0)).toBeCloseTo(15_000);
  expect(bucket.fullMs(0)).toBeCloseTo(60_000);
  expect(bucket.take(14_999)).toBe(false);
  expect(bucket.take(15_001)).toBe(true);
  expect(bucket.take(15_002)).toBe(false);
});

test('holds no more than its size, however long it was idle', () => {
  const bucket = new TokenBucket(settings, 0);
  expect(bucket.remaining(1e9)).toBe(4);
});

test('never lets more through than its size and what flowed in', () => {
  const steps = fc.array(fc.tuple(fc.nat(5_000), fc.nat(20)), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 50, max: 10_000 }),
      steps,
      (maxTokens, tokensPerFill, fillIntervalMs, times) => {
        const bucket = new TokenBucket({ maxTokens, tokensPerFill, fillIntervalMs }, 0);
        let nowMs = 0;
        let taken = 0;
        for (const [pauseMs, tries] of times) {
          nowMs += pauseMs;
          for (let count = 0; count < tries; count++) if (bucket.take(nowMs)) taken++;
        }
        expect(taken).toBeLessThanOrEqual(maxTokens + (nowMs * tokensPerFill) / fillIntervalMs + 1e-6);
      },
    ),
  );
});
