import { beforeEach, expect, test } from 'vitest';
import { createDelivering, type Webhook, type WebhookQueue } from './delivering.ts';

const webhook = (id: string): Webhook => ({
  id,
  copy: 1,
  type: 'capture.succeeded',
  createdAt: '2026-11-21T00:00:00.000Z',
  data: { key: id, id: 'pay_1', state: 'captured', amountYen: 100 },
  attempts: 0,
});

let waiting: Webhook[];
/** The requests, each as the ids in it. */
let requests: string[][];
/** Which the merchant cannot take. */
let refused: Set<string>;

/** All are due at once, and at once again. */
const queue: WebhookQueue = {
  take: () => Promise.resolve(waiting.splice(0)),
  settle: (_acknowledged, unacknowledged) => {
    for (const { webhook: again } of unacknowledged) waiting.push({ ...again, attempts: again.attempts + 1 });
    return Promise.resolve();
  },
  dueInMs: () => Promise.resolve(waiting.length === 0 ? undefined : 0),
};

/** Until so many requests were made. */
async function deliver(count: number): Promise<void> {
  const ending = new AbortController();
  const delivering = createDelivering({
    queue,
    send: (webhooks) => {
      requests.push(webhooks.map(({ id }) => id));
      if (requests.length === count) ending.abort();
      return Promise.resolve(!webhooks.some(({ id }) => refused.has(id)));
    },
  });
  await delivering.run(ending.signal);
}

beforeEach(() => {
  waiting = ['a', 'b', 'c'].map(webhook);
  requests = [];
  refused = new Set();
});

test('webhooks that become due together are one request', async () => {
  await deliver(1);
  expect(requests).toEqual([['a', 'b', 'c']]);
  expect(waiting).toEqual([]);
});

test('what was not acknowledged comes again on its own, and holds up no other', async () => {
  refused = new Set(['b']);
  await deliver(4);
  expect(requests).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  expect(waiting.map(({ id, attempts }) => `${id} ${attempts}`)).toEqual(['b 2']);
});
