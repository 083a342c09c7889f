import { expect, test, vi } from 'vitest';
import { runFilters } from './filter.ts';
import type { Filter, RoutedRequest } from './filter.ts';

// Filters see a request through these two only.
const requestOf = (exchange: { isOver: boolean }) => ({ exchange }) as unknown as RoutedRequest;

test('runs filters in order and proceeds in the same turn when none waits', () => {
  const order: string[] = [];
  const filters: Filter[] = ['first', 'second'].map((name) => () => {
    order.push(name);
    return 'continue';
  });
  runFilters(filters, requestOf({ isOver: false }), () => order.push('proceed'));
  expect(order).toEqual(['first', 'second', 'proceed']);
});

test('stops at the filter that answers', () => {
  const later = vi.fn<Filter>();
  const proceed = vi.fn();
  runFilters([() => 'answered', later], requestOf({ isOver: false }), proceed);
  expect(later).not.toHaveBeenCalled();
  expect(proceed).not.toHaveBeenCalled();
});

test('goes on behind a filter that waited', async () => {
  const proceed = vi.fn();
  const later = vi.fn<Filter>(() => 'continue');
  runFilters([() => Promise.resolve('continue'), later], requestOf({ isOver: false }), proceed);
  expect(proceed).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(proceed).toHaveBeenCalledOnce());
  expect(later).toHaveBeenCalledOnce();
});

test('does nothing more for a caller who left while a filter waited', async () => {
  const exchange = { isOver: false };
  const { promise, resolve } = Promise.withResolvers<'continue'>();
  const proceed = vi.fn();
  runFilters([() => promise], requestOf(exchange), proceed);
  exchange.isOver = true;
  resolve('continue');
  await promise;
  await Promise.resolve();
  expect(proceed).not.toHaveBeenCalled();
});
