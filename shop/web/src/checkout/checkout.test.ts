import { describe, expect, it } from 'vitest';
import { attemptFor, parseAttempt } from './attempt.ts';
import { cardDigits, groupDigits, testCards } from './card.ts';

const cart = [{ productId: 'tea', quantity: 2 }];
const [visa, declined] = testCards.map(({ number }) => number);

function keys() {
  let count = 0;
  return () => `key ${++count}`;
}

describe('an attempt to buy', () => {
  it('keeps its key as long as the goods and the card are the same', () => {
    const newKey = keys();
    const first = attemptFor(undefined, cart, visa!, newKey);
    expect(attemptFor(first, structuredClone(cart), visa!, newKey)).toEqual(first);
  });

  it('is another one with another card or other goods', () => {
    const newKey = keys();
    const first = attemptFor(undefined, cart, visa!, newKey);
    expect(attemptFor(first, cart, declined!, newKey).idempotencyKey).toBe('key 2');
    expect(attemptFor(first, [{ productId: 'tea', quantity: 3 }], visa!, newKey).idempotencyKey).toBe('key 3');
  });

  it('does not hold the card number', () => {
    expect(JSON.stringify(attemptFor(undefined, cart, visa!, keys()))).not.toContain(visa!.slice(0, 12));
  });

  it('comes back from storage, or not at all', () => {
    const attempt = attemptFor(undefined, cart, visa!, keys());
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
