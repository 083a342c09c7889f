import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NetworkTimeout } from '../application/charging.ts';
import { withTimeout } from './card-network.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const booking = { key: 'order-1', reference: 'card-1', amountYen: 100 };

test('gives up on a network that does not answer in time', async () => {
  const silent = { book: () => new Promise<never>(() => undefined), reverse: () => new Promise<never>(() => undefined) };
  const answer = withTimeout(silent, 1000).book(booking);
  const refusal = expect(answer).rejects.toThrow(NetworkTimeout);
  await vi.advanceTimersByTimeAsync(1000);
  await refusal;
});

test('passes the answer on, and leaves no timer behind', async () => {
  const prompt = { book: () => Promise.resolve('booked' as const), reverse: () => Promise.resolve('voided' as const) };
  expect(await withTimeout(prompt, 1000).book(booking)).toBe('booked');
  expect(vi.getTimerCount()).toBe(0);
});
