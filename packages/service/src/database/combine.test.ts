import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { combine } from './combine.ts';
import { roundChannelName } from './points.ts';

describe('combined writes', () => {
  it('go together when they are asked for while one is under way, in their order, and each hears its own result', async () => {
    const writes: (readonly number[])[] = [];
    const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const begun = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const write = combine(async (items: readonly number[]) => {
      const index = writes.push(items) - 1;
      begun[index]?.resolve(undefined);
      await gates[index]?.promise;
      return items.map((item) => item * 10);
    });
    const first = write(1);
    await begun[0]?.promise;
    const others = [write(2), write(3), write(4)];
    expect(writes).toEqual([[1]]);
    gates[0]?.resolve(undefined);
    expect(await first).toBe(10);
    await begun[1]?.promise;
    gates[1]?.resolve(undefined);
    expect(await Promise.all(others)).toEqual([20, 30, 40]);
    expect(writes).toEqual([[1], [2, 3, 4]]);
  });

  it('do not wait for one that takes long where several may be under way', async () => {
    const writes: (readonly number[])[] = [];
    const slow = Promise.withResolvers<undefined>();
    const write = combine(
      async (items: readonly number[]) => {
        writes.push(items);
        if (items.includes(1)) await slow.promise;
        return items;
      },
      { concurrent: 2 },
    );
    const first = write(1);
    await expect.poll(() => writes).toEqual([[1]]);
    expect(await Promise.all([write(2), write(3)])).toEqual([2, 3]);
    expect(await write(4)).toBe(4);
    slow.resolve(undefined);
    expect(await first).toBe(1);
    expect(writes).toEqual([[1], [2, 3], [4]]);
  });

  it('fail alone: the others of the same write are repeated without it', async () => {
    const writes: (readonly number[])[] = [];
    const write = combine((items: readonly number[]) => {
      writes.push(items);
      return items.includes(2) ? Promise.reject(new Error('not 2')) : Promise.resolve(items);
    });
    const settled = await Promise.allSettled([write(1), write(2), write(3)]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(writes).toEqual([[1, 2, 3], [1], [2], [3]]);
    expect(await write(4)).toBe(4);
  });

  it('tell when they are under way, and when they are written and nobody knows yet', async () => {
    const log: unknown[] = [];
    const onReached = (point: unknown) => log.push(point);
    subscribe(roundChannelName, onReached);
    const write = combine((items: readonly number[]) => Promise.resolve(items.map((item) => item * 10)));
    await Promise.all([write(1).then((result) => log.push(result)), write(2)]);
    unsubscribe(roundChannelName, onReached);
    expect(log).toEqual([{ phase: 'under-way', items: [1, 2] }, { phase: 'written', items: [1, 2], results: [10, 20] }, 10]);
  });

  it('are no more than 200 at once, and none is forgotten', async () => {
    const sizes: number[] = [];
    const write = combine((items: readonly number[]) => {
      sizes.push(items.length);
      return Promise.resolve(items);
    });
    const all = Array.from({ length: 450 }, (_, index) => index);
    expect(await Promise.all(all.map(write))).toEqual(all);
    expect(sizes).toEqual([200, 200, 50]);
  });

  describe('that nobody is in a hurry for', () => {
    const mostMs = 100;
    const aimedAt = 5;
    let writes: (readonly number[])[];
    let write: (item: number) => Promise<number>;

    const come = (count: number) => Array.from({ length: count }, (_, index) => write(index));
    const passing = (ms: number) => vi.advanceTimersByTimeAsync(ms);
    /** So many at a time, again and again: those that come now do not come alone. */
    async function bustle(count: number): Promise<void> {
      for (let round = 0; round < 20; round++) {
        const all = Promise.all(come(count));
        await passing(mostMs);
        await all;
      }
      writes.length = 0;
    }

    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      writes = [];
      write = combine(
        (items: readonly number[]) => {
          writes.push(items);
          return Promise.resolve(items);
        },
        { gather: { mostMs, aimedAt } },
      );
    });

    afterEach(() => {
      vi.useRealTimers();
    });

    it('are made at once, all the same, for one that comes alone', async () => {
      expect(await write(1)).toBe(1);
      expect(writes).toEqual([[1]]);
    });

    it('wait for more when many come', async () => {
      await bustle(aimedAt - 1);
      const [first] = come(1);
      await passing(mostMs / 4);
      expect(writes).toEqual([]);
      const second = write(2);
      await passing(mostMs);
      await Promise.all([first, second]);
      expect(writes).toEqual([[0, 2]]);
    });

    it('wait no longer once there are enough', async () => {
      await bustle(aimedAt - 1);
      const [first] = come(1);
      await passing(1);
      await Promise.all([first, ...come(aimedAt - 1)]);
      expect(writes.map(({ length }) => length)).toEqual([aimedAt]);
    });
  });

  it('are made in the context of the first that is written', async () => {
    const trace = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const gate = Promise.withResolvers<undefined>();
    const write = combine(async (items: readonly number[]) => {
      seen.push(trace.getStore());
      if (items.includes(1)) await gate.promise;
      return items;
    });
    const first = trace.run('a', () => write(1));
    await new Promise((resolve) => setTimeout(resolve));
    const others = [trace.run('b', () => write(2)), trace.run('c', () => write(3))];
    gate.resolve(undefined);
    await Promise.all([first, ...others]);
    expect(seen).toEqual(['a', 'b']);
  });

  it('reject when the results are not one for each', async () => {
    const write = combine(() => Promise.resolve([]));
    await expect(write(1)).rejects.toThrow('0 results for 1 items');
  });
});
