import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Order } from './order.ts';
import { CannotSettle, decide, type OrderCommand, placed } from './order-commands.ts';
import { evolve, type OrderEvent } from './order-events.ts';

const name = { ja: '茶', en: 'Tea' };
const begin = placed({ userId: 'hanako', items: [{ productId: 'tea', quantity: 1, unitPriceYen: 100, name }], totalYen: 100 });

function add(order: Order | undefined, events: readonly OrderEvent[]): Order | undefined {
  let state = order;
  for (const event of events) state = evolve(state, { ...event, streamId: 'order-1', time: new Date('2026-01-02T03:04:05Z') });
  return state;
}

function after(...commands: OrderCommand[]): Order {
  let order = add(undefined, [begin]);
  for (const command of commands) order = order && add(order, decide(order, command));
  if (order === undefined) throw new Error('there is no order');
  return order;
}

const confirm: OrderCommand = { type: 'confirm' };
const cancel: OrderCommand = { type: 'cancel', reason: 'card_declined' };
const ship: OrderCommand = { type: 'ship', trackingNumber: '1111-2222-3333' };
const act: OrderCommand = { type: 'requirePaymentAction', actionUrl: 'https://bank.example/3ds/1' };

describe('an order', () => {
  test('is pending at first', () => {
    expect(after()).toMatchObject({ id: 'order-1', status: 'pending', totalYen: 100, createdAt: '2026-01-02T03:04:05.000Z' });
  });

  test('is confirmed, and then shipped', () => {
    expect(after(confirm, ship)).toMatchObject({
      status: 'confirmed',
      shipment: { trackingNumber: '1111-2222-3333', shippedAt: '2026-01-02T03:04:05.000Z' },
    });
  });

  test('says why it was cancelled, also after it was confirmed', () => {
    expect(after(cancel)).toMatchObject({ status: 'cancelled', reason: 'card_declined' });
    expect(after(confirm, cancel)).toMatchObject({ status: 'cancelled', reason: 'card_declined' });
  });

  test('cannot be taken back once it is shipped', () => {
    expect(() => decide(after(confirm, ship), cancel)).toThrow(CannotSettle);
  });

  test('is not shipped before it is confirmed, nor after it was cancelled', () => {
    expect(() => decide(after(), ship)).toThrow('it is pending');
    expect(() => decide(after(confirm, cancel), ship)).toThrow('it is cancelled');
    expect(() => decide(after(cancel), confirm)).toThrow('it is cancelled');
  });

  test('shows what the buyer has to do only until it is settled', () => {
    expect(after(act).payment).toEqual({ actionUrl: 'https://bank.example/3ds/1' });
    expect(decide(after(act), confirm).map(({ type }) => type)).toEqual(['PaymentActionCleared', 'OrderConfirmed']);
    expect(after(act, confirm).payment).toBeUndefined();
    expect(after(act, cancel).payment).toBeUndefined();
    expect(decide(after(confirm), act)).toEqual([]);
  });
});

test('whatever is asked of an order, asking again changes nothing, and an end is an end', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(confirm, cancel, ship, act)), (commands) => {
      let order = after();
      for (const command of commands) {
        const before = order;
        try {
          order = add(order, decide(order, command)) ?? order;
        } catch (error) {
          expect(error).toBeInstanceOf(CannotSettle);
          continue;
        }
        expect(decide(order, command)).toEqual([]);
        if (before.status === 'cancelled') expect(order).toEqual(before);
        if (before.shipment !== undefined) expect(order).toEqual(before);
      }
    }),
  );
});

test('a stream that does not begin with the order being placed is not taken for an order', () => {
  expect(() => add(undefined, [{ type: 'OrderConfirmed', data: {} }])).toThrow('begin with OrderConfirmed');
});
