import { type Client, SagaAbort } from '@hikyaku/service';
import { beforeEach, describe, expect, test } from 'vitest';
import { paymentPorts } from './payment-client.ts';

const problem = (status: number, type: string) => ({ problem: { type, title: 'No', status } });

/** By order: what the payment service says of it. */
let outcomes: Record<string, object>;
let asked: string[][];
let ports: ReturnType<typeof paymentPorts>;

const payment = (orderId: string) => ({ orderId, userId: 'hanako', paymentToken: 'pm_1', amountYen: 100 });

beforeEach(() => {
  outcomes = {};
  asked = [];
  const client = {
    call: (_contract: unknown, { body }: { body: { payments: { orderId: string }[] } }) => {
      const orders = body.payments.map(({ orderId }) => orderId);
      asked.push(orders);
      return Promise.resolve({ payments: orders.map((orderId) => outcomes[orderId]) });
    },
  };
  ports = paymentPorts(client as unknown as Client);
});

describe('payments that are asked for at the same time', () => {
  test('are one request, and each order hears of its own', async () => {
    outcomes = { a: { state: 'authorized' }, b: { state: 'requires_action' } };
    expect(await Promise.all([ports.authorize(payment('a')), ports.authorize(payment('b'))])).toEqual([
      'authorized',
      'requires_action',
    ]);
    expect(asked).toEqual([['a', 'b']]);
  });

  test('are declined one by one: that is a no, and the others go on', async () => {
    outcomes = { a: { state: 'authorized' }, b: problem(402, 'urn:shop:problem:card_declined') };
    const [good, declined] = await Promise.allSettled([ports.authorize(payment('a')), ports.authorize(payment('b'))]);
    expect(good).toEqual({ status: 'fulfilled', value: 'authorized' });
    expect(declined.status === 'rejected' && declined.reason).toBeInstanceOf(SagaAbort);
    expect(declined).toMatchObject({ reason: { reason: 'card_declined' } });
    expect(asked).toEqual([['a', 'b']]);
  });

  test.each([
    ['has no answer for yet', problem(503, 'urn:shop:problem:no_answer_yet'), 503],
    ['says nothing about', {}, 502],
  ])('one that the other side %s is worth asking for again', async (_how, outcome, status) => {
    outcomes = { a: { state: 'captured' }, b: outcome };
    const [good, late] = await Promise.allSettled([ports.capture(payment('a')), ports.capture(payment('b'))]);
    expect(good.status).toBe('fulfilled');
    expect(late).toMatchObject({ reason: { code: 'CLIENT_STATUS', status } });
  });
});
