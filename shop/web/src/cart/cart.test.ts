import { describe, expect, it } from 'vitest';
import { addToCart, type Cart, countPieces, maxLines, parseCart, setQuantity, totalYen } from './cart.ts';

const teaAndBowl: Cart = [
  { productId: 'tea', quantity: 2 },
  { productId: 'bowl', quantity: 1 },
];

describe('a cart', () => {
  it('keeps one line per product, in the order of first mention', () => {
    expect(addToCart(teaAndBowl, 'tea', 3)).toEqual([
      { productId: 'tea', quantity: 5 },
      { productId: 'bowl', quantity: 1 },
    ]);
  });

  it('holds no more of a product than one order may have', () => {
    expect(addToCart(teaAndBowl, 'tea', 1000)[0]?.quantity).toBe(99);
    expect(setQuantity(teaAndBowl, 'tea', 1e9)[0]?.quantity).toBe(99);
  });

  it('holds no more lines than one order may have', () => {
    const full = Array.from({ length: maxLines }, (_line, index) => ({ productId: `p${index}`, quantity: 1 }));
    expect(addToCart(full, 'one-more')).toBe(full);
    expect(addToCart(full, 'p0')[0]?.quantity).toBe(2);
  });

  it('loses a line whose quantity becomes zero', () => {
    expect(setQuantity(teaAndBowl, 'tea', 0)).toEqual([{ productId: 'bowl', quantity: 1 }]);
  });

  it('counts pieces and adds up prices', () => {
    expect(countPieces(teaAndBowl)).toBe(3);
    expect(totalYen(teaAndBowl, (id) => (id === 'tea' ? 1480 : 4400))).toBe(7360);
  });

  it('leaves the cart it was made from as it was', () => {
    const before = structuredClone(teaAndBowl);
    addToCart(teaAndBowl, 'tea');
    setQuantity(teaAndBowl, 'bowl', 7);
    expect(teaAndBowl).toEqual(before);
  });
});

describe('a stored cart', () => {
  it('comes back as it was', () => {
    expect(parseCart(JSON.stringify(teaAndBowl))).toEqual(teaAndBowl);
  });

  it.each([null, '', '{', '[{"productId":"tea"}]', '{"productId":"tea","quantity":1}', '[null]'])(
    'is empty when it cannot be read: %s',
    (stored) => {
      expect(parseCart(stored)).toEqual([]);
    },
  );

  it('is put in order when somebody edited it', () => {
    expect(parseCart('[{"productId":"tea","quantity":-4},{"productId":"tea","quantity":500}]')).toEqual([
      { productId: 'tea', quantity: 99 },
    ]);
  });
});
