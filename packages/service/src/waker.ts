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
