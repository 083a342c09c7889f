/**
 * Follows one order until nothing more will happen to it: asks often while it is young, ever less often later, and goes on
 * through lost connections. It knows no page; `onUpdate` shows what it found.
 */
import { ApiError } from '../api/problem.ts';
import type { Order, Saga } from '../api/orders.ts';

export interface OrderProgress {
  order: Order;
  /** Undefined until the saga has started. */
  saga: Saga | undefined;
}

export interface FollowOptions {
  order: (signal: AbortSignal) => Promise<Order>;
  saga: (signal: AbortSignal) => Promise<Saga>;
  onUpdate: (progress: OrderProgress) => void;
  /** A question that failed; the next one follows. */
  onInterruption: (error: unknown) => void;
  /** Resolves after the time, or at once when the signal aborts. */
  pause: (delayMs: number, signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
}

const firstDelayMs = 250;
const longestDelayMs = 5000;
const growth = 1.25;

/** Resolves when the order is final or the signal aborts. Rejects when the order cannot be seen: unknown, or not signed in. */
export async function followOrder(options: FollowOptions): Promise<void> {
  const { signal, onUpdate, onInterruption, pause } = options;
  const isUnwanted = () => signal.aborted;
  let delayMs = firstDelayMs;
  while (!isUnwanted()) {
    try {
      const progress = await ask(options);
      onUpdate(progress);
      if (isFinal(progress)) return;
    } catch (error) {
      if (isUnwanted()) return;
      if (isLasting(error)) throw error;
      onInterruption(error);
    }
    await pause(delayMs, signal);
    delayMs = Math.min(longestDelayMs, delayMs * growth);
  }
}

/** The saga may still have steps to finish after the order has its status, such as telling others. */
export function isFinal({ order, saga }: OrderProgress): boolean {
  const sagaIsOver = saga === undefined || !['pending', 'running', 'compensating'].includes(saga.state);
  return order.status !== 'pending' && sagaIsOver;
}

async function ask({ order, saga, signal }: FollowOptions): Promise<OrderProgress> {
  const [found, steps] = await Promise.all([order(signal), saga(signal).catch(ignoreNotFound)]);
  return { order: found, saga: steps };
}

/** An order is accepted a moment before its saga starts. */
function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== 404) throw error;
}

function isLasting(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404].includes(error.status);
}
