import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/problem.ts';
import type { Order, Saga } from '../api/orders.ts';
import { type FollowOptions, followOrder } from './follow.ts';

const order = (status: Order['status']): Order => ({
  id: '1',
  status,
  reason: undefined,
  items: [],
  totalYen: 1,
  shippingAddress: undefined,
  payment: undefined,
  shipment: undefined,
  createdAt: '',
});
const saga = (state: string): Saga => ({ state, steps: [] });
const offline = new ApiError(0, { failure: 'offline' });
const notFound = new ApiError(404, {});

/** Asks for the answers in order, the last one again and again. */
function answers<T>(...list: (T | Error)[]): () => Promise<T> {
  return () => {
    const answer = list.length > 1 ? list.shift() : list[0];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T);
  };
}

function follow(options: Pick<FollowOptions, 'order' | 'saga'>, signal = new AbortController().signal) {
  const seen: string[] = [];
  const pause = vi.fn(() => Promise.resolve());
  const onInterruption = vi.fn();
  const onUpdate: FollowOptions['onUpdate'] = (progress) => seen.push(`${progress.order.status} ${progress.saga?.state ?? '-'}`);
  const done = followOrder({ ...options, onUpdate, onInterruption, pause, signal });
  return { done, seen, pause, onInterruption };
}

describe('following an order', () => {
  it('shows every state and ends when nothing more will happen', async () => {
    const { done, seen } = follow({
      order: answers(order('pending'), order('pending'), order('confirmed')),
      saga: answers<Saga>(notFound, saga('running'), saga('completed')),
    });
    await done;
    expect(seen).toEqual(['pending -', 'pending running', 'confirmed completed']);
  });

  it('goes on while the saga still has something to do after the order has its status', async () => {
    const { done, seen } = follow({
      order: answers(order('cancelled')),
      saga: answers(saga('compensating'), saga('compensated')),
    });
    await done;
    expect(seen).toEqual(['cancelled compensating', 'cancelled compensated']);
  });

  it('asks ever less often, at least every five seconds', async () => {
    const states = [...Array.from({ length: 30 }, () => order('pending')), order('confirmed')];
    const { done, pause } = follow({ order: answers(...states), saga: answers(saga('completed')) });
    await done;
    const delays = pause.mock.calls.map(([delayMs]: unknown[]) => Number(delayMs));
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect([delays[0], delays.at(-1)]).toEqual([250, 5000]);
  });

  it('outlives a lost connection, and says so meanwhile', async () => {
    const { done, seen, onInterruption } = follow({
      order: answers<Order>(offline, offline, order('confirmed')),
      saga: answers(saga('completed')),
    });
    await done;
    expect(onInterruption).toHaveBeenCalledTimes(2);
    expect(seen).toEqual(['confirmed completed']);
  });

  it.each([401, 404])('ends with the error when the order cannot be seen: %i', async (status) => {
    const { done } = follow({ order: answers<Order>(new ApiError(status, {})), saga: answers(saga('running')) });
    await expect(done).rejects.toMatchObject({ status });
  });

  it('ends quietly when nobody looks any more', async () => {
    const abort = new AbortController();
    const { done, seen } = follow(
      { order: answers(order('pending')), saga: () => Promise.resolve(saga('running')).finally(() => abort.abort()) },
      abort.signal,
    );
    await done;
    expect(seen).toHaveLength(1);
  });
});
