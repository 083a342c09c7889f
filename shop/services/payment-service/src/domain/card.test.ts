import { describe, expect, test } from 'vitest';
import { CardRejected, readCard } from './card.ts';

const now = new Date('2026-06-15T00:00:00Z');

function rejection(read: () => unknown): CardRejected {
  try {
    read();
  } catch (error) {
    if (error instanceof CardRejected) return error;
    throw error;
  }
  throw new Error('the card was accepted');
}

describe('readCard', () => {
  test.each([
    ['4242424242424242', 'visa', '4242'],
    ['4000 0000 0000 0002', 'visa', '0002'],
    ['4000-0000-0000-0119', 'visa', '0119'],
    ['5555555555554444', 'mastercard', '4444'],
    ['378282246310005', 'amex', '0005'],
    ['3566002020360505', 'jcb', '0505'],
    ['30569309025904', 'diners', '5904'],
  ])('%s is a card of %s', (number, brand, last4) => {
    expect(readCard({ number }, now).summary).toEqual({ brand, last4 });
  });

  test.each(['4242424242424241', '42', '', '4242 4242 4242 424x', '0'.repeat(25)])('%j is no card number', (number) => {
    expect(rejection(() => readCard({ number }, now)).code).toBe('invalid_card_number');
  });

  test('says what is wrong without repeating the number', () => {
    expect(rejection(() => readCard({ number: '4242424242424241' }, now)).message).not.toContain('4242');
  });

  test('takes a card to the end of its month', () => {
    expect(readCard({ number: '4242424242424242', expMonth: 6, expYear: 2026 }, now).digits).toBe('4242424242424242');
    expect(rejection(() => readCard({ number: '4242424242424242', expMonth: 5, expYear: 2026 }, now)).code).toBe('expired_card');
  });
});
