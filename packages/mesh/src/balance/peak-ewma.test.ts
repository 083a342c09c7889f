import { expect, test } from 'vitest';
import { PeakEwma } from './peak-ewma.ts';

test('rises at once, sinks slowly', () => {
  const time = new PeakEwma();
  expect(time.at(0)).toBe(0);
  time.observe(10, 0);
  expect(time.at(0)).toBe(10);
  time.observe(200, 100);
  expect(time.at(100)).toBe(200);
  time.observe(10, 200);
  expect(time.at(200)).toBeGreaterThan(190);
  for (let now = 200; now <= 60_000; now += 100) time.observe(10, now);
  expect(time.at(60_000)).toBeLessThan(12);
});

test('is forgotten when nothing comes', () => {
  const time = new PeakEwma();
  time.observe(1000, 0);
  expect(time.at(10_000)).toBeCloseTo(1000 / Math.E);
  expect(time.at(200_000)).toBeLessThan(0.01);
});
