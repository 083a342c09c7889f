/** Runs work in lanes: one after the other within a lane, in the order it came, and no more than a few lanes at the same time. */

export interface Lanes {
  /** Settles as `work` does. */
  run<T>(lane: string, work: () => Promise<T>): Promise<T>;
}

export function createLanes(limit: number): Lanes {
  const ends = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const enter = async (): Promise<void> => {
    if (running < limit) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  /** Who waits longest takes over the place. */
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running--;
  };
  return {
    run: async (lane, work) => {
      const before = ends.get(lane);
      let finish = (): void => undefined;
      const end = new Promise<void>((resolve) => (finish = resolve));
      ends.set(lane, end);
      await before;
      await enter();
      try {
        return await work();
      } finally {
        leave();
        finish();
        if (ends.get(lane) === end) ends.delete(lane);
      }
    },
  };
}
