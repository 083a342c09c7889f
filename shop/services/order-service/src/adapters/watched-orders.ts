/**
 * Learning that something has happened to an order, in whichever process it did: the orders that somebody watches here are looked at together,
 * every now and then. While nobody watches it costs nothing, and an order costs nothing for being watchable.
 */

export interface WatchedOrders {
  /**
   * What there is to see of an order, as a text that is another one when something has happened. Resolves to the first that is not `seen`, at
   * once when nothing was seen yet. Rejects when the signal aborts, and when nothing can be seen now.
   */
  next(id: string, seen: string | undefined, signal: AbortSignal): Promise<string>;
  /** Looks once, at all that are watched. */
  look(): Promise<void>;
}

/** @param read the marks of all these orders; none of those that do not exist */
export function watchedOrders(read: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>): WatchedOrders {
  const watching = new Set<Watch>();
  return {
    async next(id, seen, signal) {
      signal.throwIfAborted();
      if (seen === undefined) return (await read([id])).get(id) ?? '';
      const watch: Watch = { id, seen, ...Promise.withResolvers<string>() };
      const leave = () => watch.reject(signal.reason);
      signal.addEventListener('abort', leave);
      watching.add(watch);
      try {
        return await watch.promise;
      } finally {
        watching.delete(watch);
        signal.removeEventListener('abort', leave);
      }
    },

    async look() {
      if (watching.size === 0) return;
      const looked = [...watching];
      const ids = [...new Set(looked.map(({ id }) => id))];
      // Not the task's failure: each stream says that it ended early, and its listener comes back.
      const marks = await read(ids).catch((error: unknown) => looked.forEach(({ reject }) => reject(error)));
      for (const { id, seen, resolve } of looked) {
        const mark = marks?.get(id);
        if (mark !== undefined && mark !== seen) resolve(mark);
      }
    },
  };
}

interface Watch extends PromiseWithResolvers<string> {
  id: string;
  seen: string;
}
