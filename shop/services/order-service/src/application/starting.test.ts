import { beforeEach, expect, test } from 'vitest';
import { createStarting, type Starting } from './starting.ts';

const input = { userId: 'hanako', items: [], totalYen: 100, paymentToken: 'pm_1' };

let unstarted: Set<string>;
let started: string[];
let startSaga: (id: string) => Promise<void>;
let starting: Starting;

beforeEach(() => {
  unstarted = new Set(['order-1', 'order-2']);
  started = [];
  const book = {
    list: (limit: number) => Promise.resolve([...unstarted].slice(0, limit).map((id) => ({ id, input }))),
    find: (id: string) => Promise.resolve(unstarted.has(id) ? { id, input } : undefined),
    markStarted: (id: string) => Promise.resolve(void unstarted.delete(id)),
  };
  startSaga = (id) => Promise.resolve(void started.push(id));
  starting = createStarting(book, (id) => startSaga(id));
});

test('starts the saga of one order and leaves the others', async () => {
  await starting.start('order-2');
  await starting.start('order-2');
  expect(started).toEqual(['order-2']);
  expect(unstarted).toEqual(new Set(['order-1']));
});

test('a sweep starts whatever was left behind', async () => {
  await starting.sweep(new AbortController().signal);
  await starting.sweep(new AbortController().signal);
  expect(started).toEqual(['order-1', 'order-2']);
});

test('an order that cannot be started keeps nobody else waiting, and is tried again', async () => {
  startSaga = (id) => (id === 'order-1' ? Promise.reject(new Error('no database')) : Promise.resolve(void started.push(id)));
  await expect(starting.sweep(new AbortController().signal)).rejects.toThrow('1 orders could not be started');
  expect(started).toEqual(['order-2']);
  expect(unstarted).toEqual(new Set(['order-1']));
});

test('a sweep stops when it is told to', async () => {
  await starting.sweep(AbortSignal.abort());
  expect(started).toEqual([]);
});
