import { beforeEach, describe, expect, test } from 'vitest';
import type { Order } from '../domain/order.ts';
import { CannotSettle, placed } from '../domain/order-commands.ts';
import { evolve, type OrderEvent } from '../domain/order-events.ts';
import type { Carrier, OrderBook } from './order-book.ts';
import { cancel, confirm, requirePaymentAction } from './settling.ts';
import { ship } from './shipping.ts';

let order: Order;
let happened: OrderEvent['type'][];
let parcels: string[];

const orders: OrderBook = {
  load: (id) => Promise.resolve(id === order.id ? order : undefined),
  change: async (id, decide) => {
    for (const event of decide(await orders.load(id))) {
      order = evolve(order, { ...event, streamId: order.id, time: new Date() });
      happened.push(event.type);
    }
  },
};

const carrier: Carrier = {
  book: (orderId) => {
    parcels.push(orderId);
    return Promise.resolve({ trackingNumber: '1111-2222-3333' });
  },
};

beforeEach(() => {
  const begin = placed({ userId: 'hanako', items: [], totalYen: 100 });
  order = evolve(undefined, { ...begin, streamId: 'order-1', time: new Date() });
  happened = [];
  parcels = [];
});

describe('settling an order', () => {
  test('happens once, however often it is asked for', async () => {
    await confirm(orders, 'order-1');
    await confirm(orders, 'order-1');
    expect(happened).toEqual(['OrderConfirmed']);
  });

  test('takes a confirmed order back', async () => {
    await confirm(orders, 'order-1');
    await cancel(orders, 'order-1', 'shipping_failed');
    expect(order).toMatchObject({ status: 'cancelled', reason: 'shipping_failed' });
  });

  test('never turns a cancelled order into a confirmed one', async () => {
    await cancel(orders, 'order-1', 'unavailable');
    await expect(confirm(orders, 'order-1')).rejects.toThrow(CannotSettle);
    expect(order.status).toBe('cancelled');
  });

  test('cannot be done to an order that does not exist', async () => {
    await expect(confirm(orders, 'order-2')).rejects.toThrow(CannotSettle);
    await expect(requirePaymentAction(orders, 'order-2', 'https://bank.example')).rejects.toThrow(CannotSettle);
    await expect(ship(orders, carrier, 'order-2')).rejects.toThrow(CannotSettle);
    expect(happened).toEqual([]);
  });
});

describe('shipping an order', () => {
  test('keeps the tracking number, and sends one parcel', async () => {
    await confirm(orders, 'order-1');
    await ship(orders, carrier, 'order-1');
    await ship(orders, carrier, 'order-1');
    expect(order.shipment?.trackingNumber).toBe('1111-2222-3333');
    expect(parcels).toEqual(['order-1']);
  });

  test('sends no parcel for an order that is not confirmed', async () => {
    await expect(ship(orders, carrier, 'order-1')).rejects.toThrow(CannotSettle);
    expect(parcels).toEqual([]);
  });
});
