import { describe, expect, test } from 'vitest';
import { mergeItems, TooMany, totalOf } from './order.ts';

describe('mergeItems', () => {
  test('adds up lines of the same product', () => {
    expect(
      mergeItems([
        { productId: 'tea', quantity: 1 },
        { productId: 'bowl', quantity: 2 },
        { productId: 'tea', quantity: 3 },
      ]),
    ).toEqual([
      { productId: 'tea', quantity: 4 },
      { productId: 'bowl', quantity: 2 },
    ]);
  });

  test('refuses a sum that one line could not have', () => {
    const items = [
      { productId: 'tea', quantity: 60 },
      { productId: 'tea', quantity: 60 },
    ];
    expect(() => mergeItems(items)).toThrow(TooMany);
  });
});

test('the total is the sum of price times quantity', () => {
  const name = { ja: '茶', en: 'tea' };
  const items = [
    { productId: 'tea', quantity: 2, unitPriceYen: 1480, name },
    { productId: 'bowl', quantity: 1, unitPriceYen: 48_000, name },
  ];
  expect(totalOf(items)).toBe(50_960);
});
