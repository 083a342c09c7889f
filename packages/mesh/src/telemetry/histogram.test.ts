import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bounds, Histogram, quantile } from './histogram.ts';

test('a value on a bound belongs to its class', () => {
  const histogram = new Histogram();
  for (const value of [0, 0.5, 0.6, 1, 1e9]) histogram.record(value);
  expect([...histogram.counts.slice(0, 3)]).toEqual([2, 2, 0]);
  expect(histogram.counts.at(-1)).toBe(1);
  expect(histogram.sum).toBe(1e9 + 2.1);
});

test('a quantile lies in the class that holds the value of that rank', () => {
  const last = bounds.at(-1) ?? 0;
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: last, noNaN: true }), { minLength: 1 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, q) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const ranked = [...values].sort((a, b) => a - b)[Math.ceil(q * values.length - 1e-9) - 1] ?? 0;
        const upper = bounds.findIndex((bound) => ranked <= bound);
        const estimate = quantile(histogram.counts, q) ?? NaN;
        expect(estimate).toBeGreaterThanOrEqual(bounds[upper - 1] ?? 0);
        expect(estimate).toBeLessThanOrEqual((bounds[upper] ?? last) * (1 + 1e-9));
      },
    ),
  );
});

test('nothing has no quantile', () => {
  expect(quantile(new Histogram().counts, 0.5)).toBeUndefined();
});
