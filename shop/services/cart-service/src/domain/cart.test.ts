import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CartFull,
  type CartLine,
  giveBack,
  MAX_LINES,
  MAX_QUANTITY,
  mergeLines,
  putLine,
  removeLine,
  takeBought,
} from './cart.ts';

const tea = { productId: 'sencha', quantity: 2 };
const pot = { productId: 'kyusu', quantity: 1 };
const full = Array.from({ length: MAX_LINES }, (_, index) => ({ productId: `p${index}`, quantity: 1 }));

const line = fc.record({ productId: fc.constantFrom('a', 'b', 'c', 'd'), quantity: fc.integer({ min: 1, max: MAX_QUANTITY }) });
const cart = fc.uniqueArray(line, { selector: ({ productId }) => productId });

const piecesOf = (lines: readonly CartLine[], id: string) =>
  lines.filter(({ productId }) => productId === id).reduce((sum, { quantity }) => sum + quantity, 0);

describe('putting a product into a cart', () => {
  test('adds it at the end, or changes its quantity in its place', () => {
    expect(putLine([tea], pot)).toEqual([tea, pot]);
    expect(putLine([tea, pot], { ...tea, quantity: 5 })).toEqual([{ ...tea, quantity: 5 }, pot]);
  });

  test('is refused when the cart is full, but quantities can still be changed', () => {
    expect(() => putLine(full, tea)).toThrow(CartFull);
    expect(putLine(full, { productId: 'p7', quantity: 3 })).toHaveLength(MAX_LINES);
  });

  test('is undone by removing it', () => {
    expect(removeLine([tea, pot], 'sencha')).toEqual([pot]);
    expect(removeLine([tea], 'nothing')).toEqual([tea]);
  });
});

describe('merging carts', () => {
  test('keeps the greater quantity of a product that is in both', () => {
    expect(mergeLines([tea], [{ ...tea, quantity: 1 }, pot])).toEqual([tea, pot]);
  });

  test('twice is the same as once', () => {
    fc.assert(
      fc.property(cart, cart, (own, other) => {
        const once = mergeLines(own, other);
        expect(mergeLines(once, other)).toEqual(once);
      }),
    );
  });

  test('does not overfill a cart', () => {
    expect(() => mergeLines(full, [tea])).toThrow(CartFull);
  });
});

test('what was bought is taken out, and only that', () => {
  fc.assert(
    fc.property(cart, fc.array(line), (lines, bought) => {
      const { left } = takeBought(lines, bought);
      for (const { productId, quantity } of lines)
        expect(piecesOf(left, productId)).toBe(Math.max(0, quantity - piecesOf(bought, productId)));
      expect(left.every(({ quantity }) => quantity > 0)).toBe(true);
    }),
  );
});

describe('giving back what was taken out', () => {
  test('leaves the cart as it was', () => {
    fc.assert(
      fc.property(cart, fc.array(line), (lines, bought) => {
        const { left, taken } = takeBought(lines, bought);
        const restored = giveBack(left, taken);
        for (const { productId, quantity } of lines) expect(piecesOf(restored, productId)).toBe(quantity);
        expect(restored).toHaveLength(lines.length);
      }),
    );
  });

  test('adds to what has come in since, no more than a cart holds', () => {
    expect(giveBack([{ ...tea, quantity: 98 }], [tea, pot])).toEqual([{ ...tea, quantity: MAX_QUANTITY }, pot]);
    expect(giveBack(full, [tea])).toEqual(full);
  });
});
