import { describe, expect, it } from 'vitest';
import type { CartItem } from '../api/cart.ts';
import { addToCart, canOrder, type Cart, countPieces, maxLines, parseCart, priceLines, setQuantity } from './cart.ts';

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

  it('counts pieces', () => {
    expect(countPieces(teaAndBowl)).toBe(3);
  });

  it('leaves the cart it was made from as it was', () => {
    const before = structuredClone(teaAndBowl);
    addToCart(teaAndBowl, 'tea');
    setQuantity(teaAndBowl, 'bowl', 7);
    expect(teaAndBowl).toEqual(before);
  });
});

describe('what the shop says of a cart', () => {
  const item = (productId: string, part: Partial<CartItem> = {}): CartItem => ({
    productId,
    quantity: 1,
    available: true,
    name: { ja: productId, en: productId },
    unitPriceYen: 1480,
    stock: 2,
    ...part,
  });
  const said = (...items: CartItem[]) => ({ items, prices: 'current' as const, totalYen: undefined });

  it('is told of the quantities of now, and adds up', () => {
    const priced = priceLines(teaAndBowl, said(item('tea'), item('bowl', { unitPriceYen: 4400 })));
    expect(priced).toMatchObject({ items: [{ quantity: 2, unitPriceYen: 1480 }, { quantity: 1 }], totalYen: 7360 });
    expect(canOrder(priced)).toBe(true);
  });

  it('leaves out what is no longer in the cart, and prices of what it has not heard of', () => {
    const priced = priceLines([{ productId: 'brush', quantity: 1 }], said(item('tea')));
    expect(priced).toMatchObject({ items: [{ productId: 'brush', unitPriceYen: undefined }], totalYen: 0 });
    expect(canOrder(priced)).toBe(false);
  });

  it.each([
    ['too few are there', said(item('tea', { stock: 1 }))],
    ['one is no longer sold', said(item('tea', { available: false, stock: undefined, unitPriceYen: undefined }))],
    ['the prices are missing', { items: [item('tea')], prices: 'missing' as const, totalYen: undefined }],
  ])('lets nobody order when %s', (_why, answer) => {
    expect(canOrder(priceLines([{ productId: 'tea', quantity: 2 }], answer))).toBe(false);
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
