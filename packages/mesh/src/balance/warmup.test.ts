import { expect, test } from 'vitest';
import { warmth } from './warmup.ts';

const linear = { durationMs: 60_000, minimumPercent: 10, aggression: 1 };

test.each([
  [0, 0.1],
  [3000, 0.1],
  [15_000, 0.25],
  [30_000, 0.5],
  [60_000, 1],
  [90_000, 1],
])('after %i ms of a minute: %d', (ageMs, expected) => {
  expect(warmth(linear, ageMs)).toBeCloseTo(expected);
});

test('aggression grows faster at the beginning', () => {
  expect(warmth({ ...linear, aggression: 2 }, 15_000)).toBeCloseTo(0.5);
});

test('never is nothing', () => {
  expect(warmth({ ...linear, minimumPercent: 0, aggression: 1 }, 0)).toBeGreaterThan(0);
  expect(warmth({ durationMs: 500, minimumPercent: 0, aggression: 1 }, 0)).toBe(1);
});
