import { expect, test } from 'vitest';
import { leastRequest } from './least-request.ts';

const [a, b, c] = [{ active: 2 }, { active: 1 }, { active: 1 }];

test('the least loaded is picked, and among equals the turn goes round', () => {
  const picked = [0, 1, 2, 3].map((turn) => leastRequest([a, b, c], turn));
  expect(picked).toEqual([b, b, c, b]);
});

test('what was tried is left out, and nothing is left when all were', () => {
  expect(leastRequest([a, b, c], 0, new Set([b]))).toBe(c);
  expect(leastRequest([a, b], 0, new Set([a, b]))).toBeUndefined();
  expect(leastRequest<{ active: number }>([], 0)).toBeUndefined();
});
