import { beforeEach, describe, expect, test } from 'vitest';
import type { Order } from '../domain/order.ts';
import type { OrderEvent, Unit } from './order-book.ts';
import { cancel, CannotSettle, confirm } from './settling.ts';

let order: Order;
let events: OrderEvent[];

const unit: Unit = {
  orders: {
    add: () => Promise.reject(new Error('nothing is added here')),
    find: (id) => Promise.resolve(id === order.id ? order : undefined),
    settle: (id, outcome) => {
      if (id !== order.id || order.status !== 'pending') return Promise.resolve(false);
      order = { ...order, ...outcome };
      return Promise.resolve(true);
    },
  },
  publish: (event) => {
    events.push(event);
    return Promise.resolve();
  },
};

beforeEach(() => {
  order = { id: 'order-1', userId: 'hanako', status: 'pending', items: [], totalYen: 100, createdAt: '2026-01-02T03:04:05.000Z' };
  events = [];
});

describe('settling an order', () => {
  test('tells the others once, however often it is confirmed', async () => {
    await confirm(unit, 'order-1');
    await confirm(unit, 'order-1');
    expect(events).toEqual([{ type: 'order.confirmed', order: { ...order, status: 'confirmed' } }]);
  });

  test('says why it was cancelled', async () => {
    await cancel(unit, 'order-1', 'card_declined');
    expect(events).toMatchObject([{ type: 'order.cancelled', order: { reason: 'card_declined' } }]);
  });

  test('never turns one end into the other', async () => {
    await confirm(unit, 'order-1');
    await expect(cancel(unit, 'order-1', 'unavailable')).rejects.toThrow(CannotSettle);
    expect(order.status).toBe('confirmed');
  });

  test('cannot be done to an order that does not exist', async () => {
    await expect(confirm(unit, 'order-2')).rejects.toThrow(CannotSettle);
    expect(events).toEqual([]);
  });
});
