import { beforeEach, describe, expect, test } from 'vitest';
import { CardDeclined, type Charge, ChargeCancelled } from '../domain/charge.ts';
import {
  type CardNetwork,
  type Charging,
  createCharging,
  NetworkTimeout,
  type PaymentEvent,
  type Unit,
  UnknownPaymentMethod,
} from './charging.ts';

const request = { orderId: 'order-1', userId: 'hanako', paymentToken: 'pm_1', amountYen: 1480 };

let charges: Map<string, Charge>;
let events: PaymentEvent[];
let booked: Set<string>;
let network: CardNetwork;
let charging: Charging;

/** One transaction at a time; what it does is kept at once, which is enough for what is tested here. */
const unit: Unit = {
  charges: {
    cardReference: (userId, token) => Promise.resolve(userId === 'hanako' && token === 'pm_1' ? 'card-1' : undefined),
    enter: ({ orderId, userId, amountYen }, initial) => {
      const charge = charges.get(orderId) ?? { orderId, userId, amountYen, state: initial };
      charges.set(orderId, charge);
      return Promise.resolve(charge);
    },
    setState: (orderId, state) => {
      charges.set(orderId, { ...charges.get(orderId)!, state });
      return Promise.resolve();
    },
  },
  publish: (event) => {
    events.push(event);
    return Promise.resolve();
  },
};

beforeEach(() => {
  charges = new Map();
  events = [];
  booked = new Set();
  network = {
    book: ({ key }) => {
      booked.add(key);
      return Promise.resolve('booked');
    },
    reverse: (key) => Promise.resolve(booked.delete(key) ? 'refunded' : 'voided'),
  };
  const current: CardNetwork = { book: (booking) => network.book(booking), reverse: (key) => network.reverse(key) };
  charging = createCharging({ inTransaction: (work) => work(unit), network: current });
});

describe('charging an order', () => {
  test('happens once, however often it is asked for', async () => {
    const first = await charging.charge(request);
    const second = await charging.charge(request);
    expect(first.state).toBe('charged');
    expect(second).toEqual(first);
    expect(events).toEqual([{ type: 'payment.charged', orderId: 'order-1', amountYen: 1480 }]);
  });

  test('says that the card was declined, also the second time', async () => {
    network = { ...network, book: () => Promise.resolve('declined') };
    await expect(charging.charge(request)).rejects.toThrow(CardDeclined);
    await expect(charging.charge(request)).rejects.toThrow(CardDeclined);
    expect(events.map((event) => event.type)).toEqual(['payment.declined']);
  });

  test('goes on after the network did not answer', async () => {
    const { book } = network;
    network = { ...network, book: async (booking) => (await book(booking), Promise.reject(new NetworkTimeout(1))) };
    await expect(charging.charge(request)).rejects.toThrow(NetworkTimeout);
    expect(charges.get('order-1')?.state).toBe('pending');

    network = { ...network, book };
    expect((await charging.charge(request)).state).toBe('charged');
    expect(events).toHaveLength(1);
  });

  test('refuses a token that belongs to somebody else', async () => {
    await expect(charging.charge({ ...request, userId: 'taro' })).rejects.toThrow(UnknownPaymentMethod);
    expect(booked).toEqual(new Set());
  });
});

describe('refunding an order', () => {
  test('gives the money back once', async () => {
    await charging.charge(request);
    await charging.refund(request);
    await charging.refund(request);
    expect(booked).toEqual(new Set());
    expect(events.map((event) => event.type)).toEqual(['payment.charged', 'payment.refunded']);
  });

  test('takes back a charge whose outcome was never learnt', async () => {
    const { book } = network;
    network = { ...network, book: async (booking) => (await book(booking), Promise.reject(new NetworkTimeout(1))) };
    await expect(charging.charge(request)).rejects.toThrow(NetworkTimeout);
    await charging.refund(request);
    expect(booked).toEqual(new Set());
    expect(charges.get('order-1')?.state).toBe('refunded');
  });

  test('before the charge makes the charge fail', async () => {
    await charging.refund(request);
    await expect(charging.charge(request)).rejects.toThrow(ChargeCancelled);
    expect(booked).toEqual(new Set());
    expect(events).toEqual([]);
  });

  test('while the network is asked leaves nothing booked as charged', async () => {
    const { book } = network;
    network = {
      ...network,
      book: async (booking) => {
        await charging.refund(request);
        return charges.get('order-1')?.state === 'voided' ? 'voided' : book(booking);
      },
    };
    await expect(charging.charge(request)).rejects.toThrow(ChargeCancelled);
    expect(charges.get('order-1')?.state).toBe('voided');
  });

  test('goes on where it was interrupted', async () => {
    await charging.charge(request);
    const { reverse } = network;
    network = { ...network, reverse: () => Promise.reject(new NetworkTimeout(1)) };
    await expect(charging.refund(request)).rejects.toThrow(NetworkTimeout);
    expect(charges.get('order-1')?.state).toBe('refunding');

    network = { ...network, reverse };
    await charging.refund(request);
    expect(charges.get('order-1')?.state).toBe('refunded');
  });
});
