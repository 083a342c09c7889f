/** Pauses that something can cut short, and loops of work that are woken when there may be some. */
import type { Gathering } from './database/gathering.ts';

/** A pause that something can cut short. Waking before the wait began counts: no signal is lost between two waits. */
export interface Waker {
  wake(): void;
  /** Resolves after `ms`, or as soon as `wake` is, or was, called. */
  wait(ms: number): Promise<void>;
  /** What was called for until now is about to be done. */
  forget(): void;
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
    forget: () => {
      isAwake = false;
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

/**
 * @param work resolves to the time to pause, in milliseconds; 0 looks again at once. It must not reject.
 * @param gathering has work that it was woken for wait for more of it; each call of `wake` counts as one that came.
 */
export function createLoop(work: () => Promise<number>, gathering?: Gathering): WakingLoop {
  const waker = createWaker();
  const closing = createWaker();
  let isClosing = false;
  let running: Promise<void> | undefined;
  let firstCameAtMs: number | undefined;
  /** What is called for until it resolves is found by the next work, which need not be done again for it. */
  const company = async (): Promise<void> => {
    if (!gathering || firstCameAtMs === undefined) return;
    const leftMs = firstCameAtMs + gathering.windowMs() - performance.now();
    if (leftMs > 0) await closing.wait(leftMs);
    firstCameAtMs = undefined;
    waker.forget();
  };
  const run = async (): Promise<void> => {
    while (!isClosing) {
      const pauseMs = await work();
      if (pauseMs <= 0) continue;
      await waker.wait(Math.ceil(pauseMs));
      await company();
    }
  };
  return {
    wake: () => {
      gathering?.came(1);
      firstCameAtMs ??= performance.now();
      waker.wake();
    },
    start: () => {
      running = run();
    },
    close: async () => {
      isClosing = true;
      for (const each of [waker, closing]) each.wake();
      await running;
    },
  };
}
