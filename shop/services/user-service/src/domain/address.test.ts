import { expect, test } from 'vitest';
import { formatPostalCode, prefectures } from './address.ts';

test('there are 47 prefectures', () => {
  expect(new Set(prefectures).size).toBe(47);
});

test('a postal code is written with a hyphen', () => {
  expect(formatPostalCode('1500001')).toBe('150-0001');
  expect(formatPostalCode('150-0001')).toBe('150-0001');
});
