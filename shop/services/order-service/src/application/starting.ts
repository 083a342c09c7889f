/**
 * Starts the saga of every order exactly once, although an order and its saga cannot be written in one transaction: with the order is noted
 * that its checkout has to be started, and whatever is found noted for too long gets its saga. The saga engine ignores a second start under the
 * same id, so the notes of many orders are forgotten together, a moment after their sagas have started.
 *
 * When many orders come, those of a moment begin their checkouts together. Nobody waits for that, and what they then write and ask for at the same time
 * goes as one: most of what a checkout costs is shared by those that travel together.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { combine } from '@hikyaku/service';
import type { NotedCheckout, UnstartedOrders } from './order-book.ts';

export interface Starting {
  /** Starts the saga of an order that has just been written. */
  start(noted: NotedCheckout): Promise<void>;
  /**
   * Forgets what was started, and starts what was left behind; stops early when `signal` is aborted. One order that cannot be started does not
   * keep the others waiting. Throws `AggregateError` at the end when there was one.
   */
  sweep(signal: AbortSignal): Promise<void>;
}

export interface StartingOptions {
  unstarted: UnstartedOrders;
  startSaga: (id: string, input: NotedCheckout['input']) => Promise<void>;
  /** How long whoever wrote an order has for starting it. */
  graceMs: number;
}

const SWEEP_LIMIT = 100;
/** An order that comes alone begins at once. */
const gather = { mostMs: 150, aimedAt: 10 };

export function createStarting({ unstarted, startSaga, graceMs }: StartingOptions): Starting {
  /** By this process, and still noted. Lost with the process, whose successor then starts them a second time, in vain. */
  const started = new Set<string>();
  const underWay = new Set<string>();
  const beginTogether = combine((begins: readonly (() => Promise<void>)[]) => Promise.allSettled(begins.map((each) => each())), {
    gather,
  });
  return {
    async start(noted) {
      underWay.add(noted.id);
      // Each in its own context: that of the first would be in the trace of another order.
      const outcome = await beginTogether(AsyncLocalStorage.bind(() => begin(noted)));
      if (outcome.status === 'rejected') throw outcome.reason;
    },

    async sweep(signal) {
      const failures: unknown[] = [];
      for (const order of await unstarted.list(graceMs, SWEEP_LIMIT)) {
        if (signal.aborted) break;
        if (underWay.has(order.id) || started.has(order.id)) continue;
        await begin(order).catch((error: unknown) => failures.push(error));
      }
      await forgetStarted();
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} orders could not be started.`);
    },
  };

  async function begin({ id, input }: NotedCheckout): Promise<void> {
    underWay.add(id);
    try {
      await startSaga(id, input);
      started.add(id);
    } finally {
      underWay.delete(id);
    }
  }

  async function forgetStarted(): Promise<void> {
    const ids = [...started];
    if (ids.length === 0) return;
    await unstarted.forget(ids);
    for (const id of ids) started.delete(id);
  }
}
