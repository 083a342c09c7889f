/** What a process that dies, or an answer that is lost, between two parts leaves behind, and how the next attempt goes on from there. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Payment, PaymentConflict } from '../domain/payment.ts';
import type { PaymentProvider, ProviderPayment } from './payment-provider.ts';
import { createPayments, type PaymentBook, type Payments, ProviderDisagrees, type Unit } from './payments.ts';

const request = { orderId: 'order-1', userId: 'hanako', paymentToken: 'pm_1', amountYen: 1480 };

let kept: Map<string, Payment>;
let events: string[];
/** What the provider has, and what it was asked. */
let held: ProviderPayment | undefined;
let asked: string[];
/** Which calls take effect without an answer. */
let lost: Set<string>;
let payments: Payments;

const book: PaymentBook = {
  open: (requests, provider) =>
    Promise.resolve(
      requests.map(({ orderId, userId, amountYen }) => {
        const existing = kept.get(orderId);
        const payment = existing ?? { orderId, userId, amountYen, state: 'authorizing', provider, card: 'card-1' };
        kept.set(orderId, payment);
        return { payment, isNew: existing === undefined };
      }),
    ),
  openVoided: ({ orderId, userId }) => {
    const payment = kept.get(orderId) ?? { orderId, userId, amountYen: 0, state: 'voided' };
    kept.set(orderId, payment);
    return Promise.resolve(payment);
  },
  find: (orderIds) => Promise.resolve(orderIds.map((orderId) => kept.get(orderId))),
  move: (moves) =>
    Promise.resolve(
      moves.map(({ orderId, from, to }) => {
        const payment = kept.get(orderId);
        if (payment === undefined || !from.includes(payment.state)) return undefined;
        const moved = { ...payment, state: to };
        kept.set(orderId, moved);
        return moved;
      }),
    ),
};

const unit: Unit = {
  payments: book,
  isFirst: () => Promise.resolve(true),
  publish: ({ state }) => {
    events.push(state);
    return Promise.resolve();
  },
};

function answer(call: string, from: readonly (string | undefined)[], to: ProviderPayment['state']): Promise<ProviderPayment> {
  asked.push(call);
  if (from.includes(held?.state)) held = { id: 'pay_1', state: to };
  if (lost.delete(call)) return Promise.reject(new Error('no answer'));
  return held ? Promise.resolve(held) : Promise.reject(new Error('unknown'));
}

const provider: PaymentProvider = {
  name: 'card-network',
  register: () => Promise.resolve('card-1'),
  authorize: () => answer('authorize', [undefined], 'authorized'),
  capture: () => answer('capture', ['authorized'], 'captured'),
  void: () => answer('void', [undefined, 'authorized'], 'voided'),
  refund: () => answer('refund', ['captured'], 'refunded'),
  find: () => {
    asked.push('find');
    return Promise.resolve(held);
  },
  isUnwell: () => true,
};

beforeEach(() => {
  [kept, events, held, asked, lost] = [new Map(), [], undefined, [], new Set()];
  payments = createPayments({ book, inTransaction: (work) => work(unit), provider });
});

const state = () => kept.get('order-1')?.state;

describe('an authorisation whose answer was lost', () => {
  beforeEach(async () => {
    lost.add('authorize');
    await expect(payments.authorize(request)).rejects.toThrow('no answer');
    expect(state()).toBe('authorizing');
  });

  test('is learnt by asking what the provider knows', async () => {
    expect((await payments.authorize(request)).state).toBe('authorized');
    expect([asked, events]).toEqual([['authorize', 'find'], ['authorized']]);
  });

  test('is let go', async () => {
    expect((await payments.void(request)).state).toBe('voided');
    expect(held?.state).toBe('voided');
  });

  test('is told by the provider itself', async () => {
    const told = { id: 'evt_1', orderId: 'order-1', payment: { id: 'pay_1', state: 'authorized' } } as const;
    await payments.observe([told, { ...told, id: 'evt_2', orderId: 'of another shop' }]);
    expect([state(), events]).toEqual(['authorized', ['authorized']]);
  });
});

test('an authorisation that never reached the provider is asked for again', async () => {
  await book.open([request], 'card-network');
  expect((await payments.authorize(request)).state).toBe('authorized');
  expect(asked).toEqual(['find', 'authorize']);
});

describe('a capture whose answer was lost', () => {
  beforeEach(async () => {
    await payments.authorize(request);
    lost.add('capture');
    await expect(payments.capture(request)).rejects.toThrow('no answer');
    expect(state()).toBe('authorized');
  });

  test('is asked for again', async () => {
    expect((await payments.capture(request)).state).toBe('captured');
    expect(events).toEqual(['authorized', 'captured']);
  });

  test('is given back by a refund', async () => {
    expect((await payments.refund(request)).state).toBe('refunded');
    expect(held?.state).toBe('refunded');
  });

  test('stands against a void, which then says so', async () => {
    await expect(payments.void(request)).rejects.toThrow(PaymentConflict);
    expect(state()).toBe('captured');
  });
});

test('a refund of what was never captured lets go what is held', async () => {
  await payments.authorize(request);
  expect((await payments.refund(request)).state).toBe('voided');
  expect([held?.state, events]).toEqual(['voided', ['authorized', 'voided']]);
});

test.each(['void', 'refund'] as const)('a %s goes on where it was interrupted', async (operation) => {
  await payments.authorize(request);
  if (operation === 'refund') await payments.capture(request);
  lost.add(operation);
  await expect(payments[operation](request)).rejects.toThrow('no answer');
  expect(state()).toBe(operation === 'void' ? 'voiding' : 'refunding');
  await expect(payments.authorize(request)).rejects.toThrow(PaymentConflict);
  await payments[operation](request);
  expect(events.at(-1)).toBe(operation === 'void' ? 'voided' : 'refunded');
});

test('a provider that does not do what it is asked is not asked for ever', async () => {
  await payments.authorize(request);
  const stubborn = { ...provider, void: () => Promise.resolve<ProviderPayment>({ id: 'pay_1', state: 'authorized' }) };
  payments = createPayments({ book, inTransaction: (work) => work(unit), provider: stubborn });
  await expect(payments.void(request)).rejects.toThrow(ProviderDisagrees);
});

test('what was paid through another provider is left to that one', async () => {
  await payments.authorize(request);
  payments = createPayments({ book, inTransaction: (work) => work(unit), provider: { ...provider, name: 'stripe' } });
  await expect(payments.capture(request)).rejects.toThrow('was paid through card-network');
  await payments.observe([{ id: 'evt_1', orderId: 'order-1', payment: { id: 'pi_1', state: 'captured' } }]);
  expect(state()).toBe('authorized');
});
