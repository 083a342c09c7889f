import { expect, test } from 'vitest';
import { newUuid, randomHex } from './random-ids.ts';

// More than one pool of digits is used up.
const many = 2_000;

test('an id is a UUID of version 4, of either variant digit, and no two are the same', () => {
  const ids = Array.from({ length: many }, newUuid);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(many);
  expect(new Set(ids.map((id) => id[19]))).toEqual(new Set('89ab'));
});

test('digits are as many as were asked for, and no two the same', () => {
  const drawn = Array.from({ length: many }, () => randomHex(16));
  for (const digits of drawn) expect(digits).toMatch(/^[0-9a-f]{16}$/);
  expect(new Set(drawn).size).toBe(many);
});
