/**
 * An open loop: work starts at a fixed rate, whether or not the earlier work has ended, as people do. A closed loop would slow down
 * with the system under test and hide what happens to it.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface OpenLoop {
  perSecond: number;
  signal: AbortSignal;
  /** `dueAt`: milliseconds of `performance.now()`. Latency counts from there, so that a client that falls behind shows it. */
  start: (dueAt: number) => Promise<void>;
}

/** Resolves when the signal has aborted and all work has ended. Rejects with the first error of the work. */
export async function openLoop({ perSecond, signal, start }: OpenLoop): Promise<void> {
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  const isOver = () => signal.aborted;
  for (let started = 0; !isOver(); started++) {
    const dueAt = startedAt + (started * 1000) / perSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
    if (isOver()) break;
    const work = start(dueAt).finally(() => running.delete(work));
    running.add(work);
  }
  await Promise.all(running);
}
