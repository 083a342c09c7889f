import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/problem.ts';
import type { Order, OrderNews, Saga } from '../api/orders.ts';
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

/** Streams, one after the other: each tells this, and ends or is lost. Those that follow tell nothing. */
function streams(...list: (OrderNews | Error)[][]) {
  return vi.fn<FollowOptions['news']>(async function* () {
    for (const told of list.shift() ?? []) {
      await Promise.resolve();
      if (told instanceof Error) throw told;
      yield told;
    }
  });
}

function follow(
  options: Pick<FollowOptions, 'order' | 'saga'> & Partial<Pick<FollowOptions, 'news'>>,
  signal = new AbortController().signal,
) {
  const seen: string[] = [];
  const pause = vi.fn(() => Promise.resolve());
  const onInterruption = vi.fn();
  const onUpdate: FollowOptions['onUpdate'] = (progress) => seen.push(`${progress.order.status} ${progress.saga?.state ?? '-'}`);
  const done = followOrder({ news: streams(), ...options, onUpdate, onInterruption, pause, signal });
  return { done, seen, pause, onInterruption };
}

describe('listening to what becomes of an order', () => {
  const told = (id: string, status: Order['status']): OrderNews => ({ id, order: order(status) });

  it('shows what is told, to the end, and asks for nothing', async () => {
    const news = streams([
      told('1', 'pending'),
      { saga: saga('running') },
      told('2', 'confirmed'),
      told('3', 'confirmed'),
      { saga: saga('completed') },
    ]);
    const asked = vi.fn(answers(order('pending')));
    const { done, seen } = follow({ news, order: asked, saga: answers(saga('running')) });
    await done;
    expect(seen).toEqual(['pending running', 'confirmed running', 'confirmed running', 'confirmed completed']);
    expect(asked).not.toHaveBeenCalled();
  });

  it.each([[[]], [[new Error('lost')]]])('goes on behind what was heard when a stream ends early: %j', async (end) => {
    const news = streams(
      [told('1', 'pending'), { saga: saga('running') }, ...end],
      [told('2', 'confirmed'), { saga: saga('completed') }],
    );
    const { done, seen, onInterruption } = follow({ news, order: answers(order('pending')), saga: answers(saga('running')) });
    await done;
    expect(seen).toEqual(['pending running', 'pending running', 'confirmed running', 'confirmed completed']);
    expect(news.mock.calls.map(([after]) => after)).toEqual([undefined, '1']);
    expect(onInterruption).not.toHaveBeenCalled();
  });

  it('is given up where the shop answers but tells nothing', async () => {
    const news = streams([new Error('no streams here')], [told('1', 'pending')]);
    const { done, seen } = follow({
      news,
      order: answers(order('pending'), order('pending'), order('confirmed')),
      saga: answers(saga('running'), saga('running'), saga('completed')),
    });
    await done;
    expect(seen).toEqual(['pending running', 'pending running', 'confirmed completed']);
    expect(news).toHaveBeenCalledTimes(1);
  });

  it('is tried again after the shop was away', async () => {
    const news = streams([offline], [told('2', 'confirmed'), { saga: saga('completed') }]);
    const { done, seen, onInterruption } = follow({ news, order: answers<Order>(offline), saga: answers(saga('running')) });
    await done;
    expect(seen).toEqual(['confirmed completed']);
    expect(onInterruption).toHaveBeenCalledTimes(1);
  });
});

describe('asking what becomes of an order', () => {
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
