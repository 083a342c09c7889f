import { describe, expect, test } from 'vitest';
import {
  authorization,
  mustCapture,
  PaymentConflict,
  PaymentDeclined,
  type PaymentState,
  statesBefore,
  towardsRefund,
  towardsVoid,
} from './payment.ts';

const inState = (state: PaymentState) => ({ orderId: 'o', userId: 'u', amountYen: 100, state });

describe('a payment', () => {
  test('is authorised at the provider until the outcome is known, and never again', () => {
    expect(authorization(inState('authorizing'))).toBe('unknown');
    expect((['authorized', 'captured'] as const).map((state) => authorization(inState(state)))).toEqual([
      'authorized',
      'authorized',
    ]);
  });

  test('stays declined, for the reason the bank gave', () => {
    expect(() => authorization({ ...inState('declined'), reason: 'lost_card' })).toThrow(
      expect.objectContaining({ code: 'lost_card' }),
    );
    expect(() => mustCapture(inState('declined'))).toThrow(PaymentDeclined);
  });

  test.each(['voiding', 'voided', 'refunding', 'refunded'] as const)('cannot be made when it is %s', (state) => {
    expect(() => authorization(inState(state))).toThrow(PaymentConflict);
    expect(() => mustCapture(inState(state))).toThrow(PaymentConflict);
  });

  test('is captured only after it was authorised', () => {
    expect(() => mustCapture(inState('requires_action'))).toThrow(PaymentConflict);
    expect([mustCapture(inState('authorized')), mustCapture(inState('captured'))]).toEqual([true, false]);
  });

  test('is let go before it was captured, and given back afterwards', () => {
    expect(towardsVoid(inState('authorized'))).toBe('voiding');
    expect(() => towardsVoid(inState('captured'))).toThrow(PaymentConflict);
    expect([towardsRefund('authorized'), towardsRefund('captured'), towardsRefund('refunded')]).toEqual([
      'voiding',
      'refunding',
      undefined,
    ]);
  });
});

describe('news of the provider', () => {
  test.each([
    ['authorized', ['authorizing', 'requires_action']],
    ['declined', ['authorizing', 'requires_action', 'authorized', 'voiding']],
    ['refunded', ['authorizing', 'requires_action', 'authorized', 'captured', 'voiding', 'refunding']],
  ] as const)('that it is %s moves it forward only', (state, before) => {
    expect(statesBefore(state)).toEqual(before);
  });
});
