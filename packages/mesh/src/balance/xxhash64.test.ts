import fc from 'fast-check';
import { expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { hash53, xxHash64 } from './xxhash64.ts';

test.each([
  ['', 0xef46db3751d8e999n],
  ['a', 0xd24ec4f1a98c6e5bn],
  ['abc', 0x44bc2cf5ad770999n],
])('%j has the published hash', (text, expected) => {
  expect(xxHash64(text)).toBe(expected);
});

test('agrees with the reference implementation on any text', async () => {
  const reference = await xxhash();
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 150 }), (text) => xxHash64(text) === reference.h64(text)));
});

test('the short form is the upper bits', () => {
  expect(hash53('a')).toBe(Number(0xd24ec4f1a98c6e5bn >> 11n));
});
