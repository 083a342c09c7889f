/**
 * Makes few writes, or calls, of many small ones: what is asked for while a write is under way is collected and becomes the next one ("group
 * commit"). Alone, a write begins at once; the busier it gets, the more go together, and what nobody is in a hurry for may wait a little for more of its
 * kind (`gather`). Knows nothing of databases.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { createGathering, type GatherOptions } from './gathering.ts';
import { reached } from './points.ts';

type Waiting<Item, Result> = {
  readonly item: Item;
  readonly atMs: number;
  /** The caller's: its trace, for one. */
  readonly within: ReturnType<typeof AsyncLocalStorage.snapshot>;
} & PromiseWithResolvers<Result>;

export type CombineOptions = {
  /**
   * When many come, a write waits for more of them, from when its first came on; alone it does not. For what nobody is in a hurry for: never for what a
   * request waits for. Default: a write waits for nothing but this turn of the event loop.
   */
  readonly gather?: GatherOptions;
  /** Items of one write. Default 200. */
  readonly mostAtOnce?: number;
  /** Writes under way at the same time. More than one is for those that may take long over one item, as a call may: others then do not wait for it. Default 1. */
  readonly concurrent?: number;
};

/**
 * @param write is called in the context of the first item's caller, writes all items, in their order, and resolves to their results in the same order. It must bear being repeated: when it rejects, each
 * item is written again on its own, so that one that cannot be written fails alone.
 * @returns writes one item; resolves once it is written. Those repetitions do not count as writes under way.
 */
export function combine<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  { gather, mostAtOnce = 200, concurrent = 1 }: CombineOptions = {},
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  const gathering = gather && createGathering(gather);
  let isGathering = false;
  let underWay = 0;
  let goOn: (() => void) | undefined;

  const settle = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    const within = batch[0]?.within ?? AsyncLocalStorage.snapshot();
    const items = batch.map(({ item }) => item);
    try {
      const writing = within(write, items);
      reached({ phase: 'under-way', items });
      const results = await writing;
      reached({ phase: 'written', items, results });
      if (results.length !== batch.length) throw new TypeError(`${results.length} results for ${batch.length} items`);
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else await Promise.all(batch.map((one) => settle([one])));
    }
  };

  /** Resolves when those that wait need not wait any longer. */
  const company = async (): Promise<void> => {
    const [first] = waiting;
    if (!gathering || !first || waiting.length >= gathering.enough) return;
    const leftMs = first.atMs + gathering.windowMs() - performance.now();
    if (leftMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, leftMs);
      goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    goOn = undefined;
  };

  const drain = async (): Promise<void> => {
    isGathering = true;
    while (waiting.length > 0 && underWay < concurrent) {
      await company();
      // What this turn of the event loop still has to ask for comes along in any case.
      await turn();
      underWay += 1;
      void settle(waiting.splice(0, mostAtOnce)).then(() => {
        underWay -= 1;
        if (!isGathering) void drain();
      });
    }
    isGathering = false;
  };

  return (item) => {
    const one = { item, atMs: performance.now(), within: AsyncLocalStorage.snapshot(), ...Promise.withResolvers<Result>() };
    waiting.push(one);
    gathering?.came(1);
    if (gathering && waiting.length >= gathering.enough) goOn?.();
    if (!isGathering) void drain();
    return one.promise;
  };
}
