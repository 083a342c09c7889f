import { expect, it } from 'vitest';
import { randomHex } from './random-hex.ts';

it('gives each time other digits, as many as were asked for', () => {
  const ids = Array.from({ length: 5000 }, (_, index) => randomHex(index % 2 === 0 ? 8 : 16));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id, index) => /^[0-9a-f]+$/.test(id) && id.length === (index % 2 === 0 ? 16 : 32))).toBe(true);
});
