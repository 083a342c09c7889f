import { expect, it } from 'vitest';
import { standInFor } from './unreadable.ts';

const event = {
  specversion: '1.0',
  id: '1',
  source: '/order-service',
  type: 'order.placed',
  time: '2026-11-21T00:00:00Z',
  datacontenttype: 'application/json',
  data: null,
};

it('reads an event as it is', () => {
  expect(standInFor(event)).toEqual({ event });
});

it('has something to show for what is none, and says what is wrong', () => {
  const { event: standIn, reason } = standInFor({ ...event, type: 7 });
  expect(reason).toMatch(/not a CloudEvent: #\/type/);
  expect(standIn).toMatchObject({ source: '/unknown', type: 'unreadable', data: { id: '1', type: 7 } });
  expect(standInFor('no JSON').event.data).toBe('no JSON');
  expect(standInFor(undefined).event.data).toBeNull();
});

it('refuses what the database could not tell apart', () => {
  expect(standInFor({ ...event, subject: 'a\0' }).reason).toMatch(/NUL/);
});
