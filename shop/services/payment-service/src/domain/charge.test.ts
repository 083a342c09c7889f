import { describe, expect, test } from 'vitest';
import { CardDeclined, ChargeCancelled, mustCharge, mustRefund, type ChargeState } from './charge.ts';

const inState = (state: ChargeState) => ({ orderId: 'o', userId: 'u', amountYen: 100, state });

describe('a charge', () => {
  test('goes to the network until the outcome is known, and never again', () => {
    expect(mustCharge(inState('pending'))).toBe(true);
    expect(mustCharge(inState('charged'))).toBe(false);
  });

  test('stays declined', () => {
    expect(() => mustCharge(inState('declined'))).toThrow(CardDeclined);
  });

  test.each(['refunding', 'refunded', 'voided'] as const)('cannot be made when it is %s', (state) => {
    expect(() => mustCharge(inState(state))).toThrow(ChargeCancelled);
  });

  test('is taken back when it was, or may have been, booked', () => {
    const states: ChargeState[] = ['pending', 'charged', 'declined', 'refunding', 'refunded', 'voided'];
    expect(states.filter(mustRefund)).toEqual(['pending', 'charged', 'refunding']);
  });
});
