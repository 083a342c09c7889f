/**
 * Follows one order until nothing more will happen to it. It listens to what the shop tells; where that does not get through it asks, often
 * while the order is young, ever less often later. Goes on through lost connections, and knows no page: `onUpdate` shows what it found.
 *
 *     listen ─ended, or lost─► ask ─► pause ─► listen again, where something was told ─► …
 *                                       └────► ask again, where nothing was
 */
import { ApiError } from '../api/problem.ts';
import type { Order, OrderNews, Saga } from '../api/orders.ts';

export interface OrderProgress {
  order: Order;
  /** Undefined until the saga has started. */
  saga: Saga | undefined;
}

export interface FollowOptions {
  /** What the shop tells, behind what was heard. */
  news: (after: string | undefined, signal: AbortSignal) => AsyncIterable<OrderNews>;
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
  const heard: Heard = { after: undefined, progress: undefined };
  let isListening = true;
  let delayMs = firstDelayMs;
  while (!isUnwanted()) {
    try {
      const wasTold: boolean = isListening && (await listen(options, heard));
      if (isUnwanted() || (heard.progress?.saga && isFinal(heard.progress))) return;
      if (wasTold) delayMs = firstDelayMs;
      const progress = await ask(options);
      onUpdate(progress);
      if (isFinal(progress)) return;
      // The shop answers, but nothing it tells arrives.
      isListening = wasTold;
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

interface Heard {
  /** Where the shop is to go on. */
  after: string | undefined;
  progress: OrderProgress | undefined;
}

/** Until the shop has no more to tell for now. Resolves to whether it told anything. */
async function listen({ news, onUpdate, signal }: FollowOptions, heard: Heard): Promise<boolean> {
  let wasTold = false;
  try {
    for await (const told of news(heard.after, signal)) {
      wasTold = true;
      if ('order' in told) {
        heard.after = told.id;
        heard.progress = { saga: heard.progress?.saga, order: told.order };
      } else if (heard.progress) heard.progress = { ...heard.progress, saga: told.saga };
      // How the checkout stands comes right behind the order: shown alone, an order that is taken back would look well for a moment.
      if (heard.progress && ('saga' in told || heard.progress.saga)) onUpdate(heard.progress);
    }
  } catch {
    // Asking will say what is wrong, and whether for good.
  }
  return wasTold;
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
