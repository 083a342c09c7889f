import { ClientError, SagaAbort } from '@hikyaku/service';
import { beforeEach, describe, expect, test } from 'vitest';
import { together } from './together.ts';

let calls: (readonly string[])[];
let ask: (order: string) => Promise<string>;

const answer = (status: number) =>
  new ClientError('CLIENT_STATUS', String(status), {
    service: 'cart-service',
    status,
    problem: { type: 'urn:shop:problem:odd_order', title: 'Odd order', status },
  });

/** @param statuses of requests with that order; others are answered. */
function provider(statuses: Readonly<Record<string, number>>): void {
  calls = [];
  ask = together((orders: readonly string[]) => {
    calls.push(orders);
    const status = orders.map((order) => statuses[order]).find((each) => each !== undefined);
    return status === undefined ? Promise.resolve(orders.map((order) => `${order} done`)) : Promise.reject(answer(status));
  });
}

describe('checkouts that ask at the same time', () => {
  beforeEach(() => provider({ odd: 422, unlucky: 503 }));

  test('are one request, and each gets its own answer', async () => {
    expect(await Promise.all(['a', 'b', 'c'].map((order) => ask(order)))).toEqual(['a done', 'b done', 'c done']);
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  test('are refused only where it is about them', async () => {
    const [good, odd] = await Promise.allSettled([ask('a'), ask('odd')]);
    expect(good).toEqual({ status: 'fulfilled', value: 'a done' });
    expect(odd.status === 'rejected' && odd.reason).toBeInstanceOf(SagaAbort);
    expect(odd).toMatchObject({ reason: { reason: 'odd_order' } });
  });

  test('all hear that there was no answer, so that each saga asks again when it is due', async () => {
    const outcomes = await Promise.allSettled([ask('a'), ask('unlucky')]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CLIENT_STATUS', status: 503 } });
    expect(calls).toEqual([['a', 'unlucky']]);
  });

  test('are no more in one request than the other side takes', async () => {
    await Promise.all(Array.from({ length: 45 }, (_, index) => ask(String(index))));
    expect(calls.map(({ length }) => length)).toEqual([20, 20, 5]);
  });
});
