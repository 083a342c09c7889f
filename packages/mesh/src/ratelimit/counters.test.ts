import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hasRedis, sayWhenRedisIsMissing, startRedis } from '../testing/redis.ts';
import type { TestRedis } from '../testing/redis.ts';
import { ProcessCounters } from './counters.ts';
import type { Counters } from './counters.ts';
import { RedisCounters } from './redis-counters.ts';

sayWhenRedisIsMissing();

/** What all of them do. */
function conformance(create: () => Counters): void {
  const once = { expiresInSeconds: 60 };

  test('adds one to each, and tells what they come to', async () => {
    const counters = create();
    await vi.waitFor(() => counters.add([{ key: 'warm', ...once }]), 10_000);
    expect(await counters.add([{ key: 'a', ...once }])).toEqual([1]);
    expect(
      await counters.add([
        { key: 'a', ...once },
        { key: 'b', ...once },
      ]),
    ).toEqual([2, 1]);
    counters.close();
  });

  test('loses no count when asked many times at once', async () => {
    const counters = create();
    await vi.waitFor(() => counters.add([{ key: 'warm', ...once }]), 10_000);
    const counts = await Promise.all(Array.from({ length: 200 }, () => counters.add([{ key: 'many', ...once }])));
    expect(counts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    counters.close();
  });
}

describe('counters of the process', () => {
  conformance(() => new ProcessCounters());

  test('begin again when they have expired', async () => {
    let nowMs = 0;
    const counters = new ProcessCounters(() => nowMs);
    const count = { key: 'a', expiresInSeconds: 1 };
    expect(await counters.add([count])).toEqual([1]);
    nowMs = 999;
    expect(await counters.add([count])).toEqual([2]);
    nowMs = 1_000;
    expect(await counters.add([count])).toEqual([1]);
  });
});

describe.runIf(hasRedis || process.env.CI !== undefined)('counters in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());
  const create = () => new RedisCounters({ address: () => ({ host: '127.0.0.1', port: redis.port }) });

  conformance(create);

  test('are shared by all who count', async () => {
    const [one, other] = [create(), create()];
    const count = { key: 'shared', expiresInSeconds: 60 };
    await vi.waitFor(() => Promise.all([one.add([{ ...count, key: 'warm' }]), other.add([{ ...count, key: 'warm' }])]), 10_000);
    expect(await one.add([count])).toEqual([1]);
    expect(await other.add([count])).toEqual([2]);
    one.close();
    other.close();
  });

  test('reject while Redis is away, and count again when it is back', async () => {
    const counters = create();
    const count = { key: 'away', expiresInSeconds: 60 };
    await vi.waitFor(() => counters.add([count]), 10_000);
    await redis.crash();
    await expect(
      vi.waitFor(
        () =>
          counters.add([count]).then(
            () => Promise.reject(new Error('still there')),
            () => undefined,
          ),
        10_000,
      ),
    ).resolves.toBeUndefined();
    await redis.start();
    expect(await vi.waitFor(() => counters.add([count]), 10_000)).toEqual([1]);
    counters.close();
  });
});
