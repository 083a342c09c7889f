/**
 * Makes few writes, or calls, of many small ones: what is asked for while a write is under way is collected and becomes the next one ("group
 * commit"). Alone, a write begins at once, unless it is told to gather; the busier it gets, the more go together. Knows nothing of databases.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

type Waiting<Item, Result> = {
  readonly item: Item;
  /** The caller's: its trace, for one. */
  readonly within: ReturnType<typeof AsyncLocalStorage.snapshot>;
} & PromiseWithResolvers<Result>;

export type CombineOptions = {
  /** How long each write waits for others to come along, for what nobody is in a hurry for. Default 0: not longer than this turn of the event loop. */
  readonly gatherMs?: number;
  /** Items of one write. Default 200. */
  readonly mostAtOnce?: number;
};

/**
 * @param write is called in the context of the first item's caller, writes all items, in their order, and resolves to their results in the same order. It must bear being repeated: when it rejects, each
 * item is written again on its own, so that one that cannot be written fails alone.
 * @returns writes one item; resolves once it is written. Never two writes at the same time, those repetitions excepted.
 */
export function combine<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  { gatherMs = 0, mostAtOnce = 200 }: CombineOptions = {},
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let isWriting = false;

  const settle = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    const within = batch[0]?.within ?? AsyncLocalStorage.snapshot();
    try {
      const results = await within(
        write,
        batch.map(({ item }) => item),
      );
      if (results.length !== batch.length) throw new TypeError(`${results.length} results for ${batch.length} items`);
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else await Promise.all(batch.map((one) => settle([one])));
    }
  };

  const drain = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      // What this turn of the event loop still has to ask for comes along in any case.
      await (gatherMs > 0 ? delay(gatherMs) : turn());
      await settle(waiting.splice(0, mostAtOnce));
    }
    isWriting = false;
  };

  return (item) => {
    const one = { item, within: AsyncLocalStorage.snapshot(), ...Promise.withResolvers<Result>() };
    waiting.push(one);
    if (!isWriting) void drain();
    return one.promise;
  };
}
