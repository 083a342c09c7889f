import { describe, expect, it } from 'vitest';
import { attemptFor, parseAttempt } from './attempt.ts';
import { cardDigits, groupDigits, testCards } from './card.ts';

const [visa, declined] = testCards.map(({ number }) => number);
const shippingAddress = {
  name: '山田 花子',
  postalCode: '150-0001',
  prefecture: '東京都',
  city: '渋谷区',
  line1: '神宮前1-2-3',
  line2: undefined,
};
const order = { items: [{ productId: 'tea', quantity: 2 }], card: visa!, shippingAddress };

function keys() {
  let count = 0;
  return () => `key ${++count}`;
}

describe('an attempt to buy', () => {
  it('keeps its key as long as goods, card and address are the same', () => {
    const newKey = keys();
    const first = attemptFor(undefined, order, newKey);
    expect(attemptFor(first, structuredClone(order), newKey)).toEqual(first);
  });

  it('is another one with another card, other goods or another address', () => {
    const newKey = keys();
    const first = attemptFor(undefined, order, newKey);
    expect(attemptFor(first, { ...order, card: declined! }, newKey).idempotencyKey).toBe('key 2');
    const three = [{ productId: 'tea', quantity: 3 }];
    expect(attemptFor(first, { ...order, items: three }, newKey).idempotencyKey).toBe('key 3');
    const elsewhere = { ...shippingAddress, postalCode: '604-0001' };
    expect(attemptFor(first, { ...order, shippingAddress: elsewhere }, newKey).idempotencyKey).toBe('key 4');
  });

  it('does not hold the card number', () => {
    expect(JSON.stringify(attemptFor(undefined, order, keys()))).not.toContain(visa!.slice(0, 12));
  });

  it('keeps the token that stands for the card, and forgets it with another one', () => {
    const first = { ...attemptFor(undefined, order, keys()), paymentToken: 'pm_1' };
    expect(attemptFor(first, order, keys()).paymentToken).toBe('pm_1');
    expect(attemptFor(first, { ...order, card: declined! }, keys()).paymentToken).toBeUndefined();
  });

  it('comes back from storage, or not at all', () => {
    const attempt = attemptFor(undefined, order, keys());
    expect(parseAttempt(JSON.stringify(attempt))).toEqual(attempt);
    expect(parseAttempt('nonsense')).toBeUndefined();
    expect(parseAttempt(null)).toBeUndefined();
  });
});

describe('a card number', () => {
  it.each([
    ['4242 4242 4242 4242', '4242424242424242'],
    ['４２４２－４２４２ ４２４２　４２４２', '4242424242424242'],
    ['4242', undefined],
    ['4242 4242 4242 424x', undefined],
    ['', undefined],
  ])('typed as "%s" is %s', (typed, digits) => {
    expect(cardDigits(typed)).toBe(digits);
  });

  it('is shown in groups of four', () => {
    expect(groupDigits('4242424242')).toBe('4242 4242 42');
  });
});
