/**
 * Starts the saga of every order exactly once, although an order and its saga cannot be written in one transaction: the order is
 * written first, and whatever is found without a saga gets one. The saga engine ignores a second start under the same id.
 */
import type { CheckoutInput } from './checkout.ts';
import type { UnstartedOrders } from './order-book.ts';

export interface Starting {
  /** Starts the saga of one order; does nothing when it has been. */
  start(orderId: string): Promise<void>;
  /**
   * Starts what was left behind; stops early when `signal` is aborted. One order that cannot be started does not keep the others
   * waiting. Throws `AggregateError` at the end when there was one.
   */
  sweep(signal: AbortSignal): Promise<void>;
}

const SWEEP_LIMIT = 100;

export function createStarting(
  unstarted: UnstartedOrders,
  startSaga: (id: string, input: CheckoutInput) => Promise<void>,
): Starting {
  return {
    async start(orderId) {
      const order = await unstarted.find(orderId);
      if (order !== undefined) await begin(order);
    },

    async sweep(signal) {
      const failures: unknown[] = [];
      for (const order of await unstarted.list(SWEEP_LIMIT)) {
        if (signal.aborted) break;
        await begin(order).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} orders could not be started.`);
    },
  };

  async function begin({ id, input }: { id: string; input: CheckoutInput }): Promise<void> {
    await startSaga(id, input);
    await unstarted.markStarted(id);
  }
}
