import { expect, test } from 'vitest';
import { retryLimit } from './budget.ts';
import { Pool } from './pool.ts';

test('without limits there is always a place', () => {
  const pool = new Pool();
  for (let round = 0; round < 10_000; round++) expect(pool.requests.take()).toBe(true);
  expect(pool.mayRetry()).toBe(true);
});

test('a lower limit leaves alone what is taken', () => {
  const pool = new Pool();
  pool.update({ maxRequests: 2 }, undefined);
  expect([pool.requests.take(), pool.requests.take(), pool.requests.take()]).toEqual([true, true, false]);
  pool.update({ maxRequests: 1 }, undefined);
  pool.requests.give();
  expect(pool.requests.take()).toBe(false);
  pool.requests.give();
  expect(pool.requests.take()).toBe(true);
});

test.each([
  [20, 3, 25, 5],
  [20, 3, 2, 3],
  [0, 0, 1000, 0],
  [100, 1, 7, 7],
])('a budget of %d %%, at least %i: of %i requests %i retries', (percent, minRetryConcurrency, requests, expected) => {
  expect(retryLimit({ percent, minRetryConcurrency }, requests)).toBe(expected);
});

test('a budget takes the place of maxRetries', () => {
  const pool = new Pool();
  pool.update({ maxRetries: 1 }, undefined);
  pool.retries.force();
  expect(pool.mayRetry()).toBe(false);
  pool.update({ maxRetries: 1 }, { percent: 0, minRetryConcurrency: 2 });
  expect(pool.mayRetry()).toBe(true);
});
