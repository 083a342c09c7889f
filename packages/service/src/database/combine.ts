/**
 * Makes few writes of many small ones: what is asked for while a write is under way is collected and becomes the next one ("group commit"). Alone, a
 * write begins at once; the busier it gets, the more go together. Knows nothing of databases.
 */
import { setImmediate as turn } from 'node:timers/promises';

/** Most items of one write. */
const mostAtOnce = 200;

type Waiting<Item, Result> = { readonly item: Item } & PromiseWithResolvers<Result>;

/**
 * @param write writes all items, in their order, and resolves to their results in the same order. It must bear being repeated: when it rejects, each
 * item is written again on its own, so that one that cannot be written fails alone.
 * @returns writes one item; resolves once it is written. Never two writes at the same time, those repetitions excepted.
 */
export function combine<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let isWriting = false;

  const settle = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await write(batch.map(({ item }) => item));
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
      // What this turn of the event loop still has to ask for comes along.
      await turn();
      await settle(waiting.splice(0, mostAtOnce));
    }
    isWriting = false;
  };

  return (item) => {
    const one = { item, ...Promise.withResolvers<Result>() };
    waiting.push(one);
    if (!isWriting) void drain();
    return one.promise;
  };
}
