/** A pause that something can cut short. Waking before the wait began counts: no signal is lost between two waits. */
export interface Waker {
  wake(): void;
  /** Resolves after `ms`, or as soon as `wake` is, or was, called. */
  wait(ms: number): Promise<void>;
}

export function createWaker(): Waker {
  let isAwake = false;
  let resume: (() => void) | undefined;
  return {
    wake: () => {
      isAwake = true;
      resume?.();
    },
    wait: async (ms) => {
      if (!isAwake) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          resume = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isAwake = false;
      resume = undefined;
    },
  };
}

/** Work that is done again and again: when there may be some, and after a pause that it asks for itself. */
export interface WakingLoop {
  /** There may be work: look now. */
  wake(): void;
  start(): void;
  /** Finishes the work at hand. */
  close(): Promise<void>;
}

/** @param work resolves to the time to pause, in milliseconds; 0 looks again at once. It must not reject. */
export function createLoop(work: () => Promise<number>): WakingLoop {
  const waker = createWaker();
  const ending = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const pauseMs = await work();
      if (pauseMs > 0) await waker.wait(Math.ceil(pauseMs));
    }
  };
  return {
    wake: () => waker.wake(),
    start: () => {
      running = run();
    },
    close: async () => {
      ending.abort();
      waker.wake();
      await running;
    },
  };
}
