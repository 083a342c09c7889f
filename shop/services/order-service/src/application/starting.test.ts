import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, expect, test } from 'vitest';
import type { UnstartedOrders } from './order-book.ts';
import { createStarting, type Starting } from './starting.ts';

const input = { userId: 'hanako', items: [], totalYen: 100, paymentToken: 'pm_1' };
const order = (id: string) => ({ id, input });
const graceMs = 2000;

/** By id: for how long it has been noted. */
let noted: Map<string, number>;
let started: string[];
let startSaga: (id: string) => Promise<void>;
let starting: Starting;
let isAway: boolean;

const sweep = () => starting.sweep(new AbortController().signal);

beforeEach(() => {
  noted = new Map([
    ['order-1', graceMs],
    ['order-2', graceMs],
  ]);
  started = [];
  isAway = false;
  const unstarted: UnstartedOrders = {
    list: (leastMs: number, limit: number) =>
      Promise.resolve(
        [...noted]
          .filter(([, ms]) => ms >= leastMs)
          .map(([id]) => order(id))
          .slice(0, limit),
      ),
    forget: (ids: readonly string[]) => {
      if (isAway) return Promise.reject(new Error('no database'));
      for (const id of ids) noted.delete(id);
      return Promise.resolve();
    },
  };
  startSaga = (id) => Promise.resolve(void started.push(id));
  starting = createStarting({ unstarted, startSaga: (id) => startSaga(id), graceMs });
});

test('the next sweep forgets what was started, and does not start it again', async () => {
  await starting.start(order('order-2'));
  expect(started).toEqual(['order-2']);
  await sweep();
  expect(started).toEqual(['order-2', 'order-1']);
  expect([...noted.keys()]).toEqual([]);
});

test('a sweep starts whatever was left behind, once', async () => {
  await sweep();
  await sweep();
  expect(started).toEqual(['order-1', 'order-2']);
});

test('an order that was written a moment ago is left to whoever wrote it', async () => {
  noted.set('order-1', graceMs - 1);
  await sweep();
  expect(started).toEqual(['order-2']);
  expect([...noted.keys()]).toEqual(['order-1']);
});

test('a sweep does not start what is being started', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  startSaga = (id) => {
    started.push(id);
    return promise;
  };
  const first = starting.start(order('order-1'));
  await expect.poll(() => started).toEqual(['order-1']);
  startSaga = (id) => Promise.resolve(void started.push(id));
  await sweep();
  expect(started).toEqual(['order-1', 'order-2']);
  resolve(undefined);
  await first;
});

test('what could not be forgotten is forgotten by the next sweep', async () => {
  await starting.start(order('order-1'));
  isAway = true;
  await expect(sweep()).rejects.toThrow('no database');
  isAway = false;
  await sweep();
  expect([...noted.keys()]).toEqual([]);
  expect(started).toEqual(['order-1', 'order-2']);
});

test('an order that cannot be started keeps nobody else waiting, and is tried again', async () => {
  startSaga = (id) => (id === 'order-1' ? Promise.reject(new Error('no database')) : Promise.resolve(void started.push(id)));
  await expect(sweep()).rejects.toThrow('1 orders could not be started');
  expect(started).toEqual(['order-2']);
  expect([...noted.keys()]).toEqual(['order-1']);
});

test('a sweep stops when it is told to', async () => {
  await starting.sweep(AbortSignal.abort());
  expect(started).toEqual([]);
});

test('orders of a moment begin together, and one that cannot is told alone', async () => {
  let inOneTurn: string[] = [];
  const turns: string[][] = [];
  startSaga = async (id) => {
    if (inOneTurn.push(id) === 1) turns.push(inOneTurn);
    await new Promise((resolve) => setImmediate(resolve));
    inOneTurn = [];
    if (id === 'odd') throw new Error('no database');
  };
  const outcomes = await Promise.allSettled(['order-1', 'odd', 'order-2'].map((id) => starting.start(order(id))));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(turns).toEqual([['order-1', 'odd', 'order-2']]);
});

test('an order begins in the context of whoever wrote it', async () => {
  const trace = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  startSaga = () => Promise.resolve(void seen.push(trace.getStore()));
  await Promise.all(['a', 'b'].map((id) => trace.run(id, () => starting.start(order(id)))));
  expect(seen).toEqual(['a', 'b']);
});
