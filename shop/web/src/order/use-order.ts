/** An order as it goes on, for a page that shows it. Asks at once when the page comes back into view. */
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/index.ts';
import type { OrderNews } from '../api/orders.ts';
import { pauseUntilSeen, pauseWhileUnseen, whileSeen } from '../ui/pause.ts';
import { followOrder, type OrderProgress } from './follow.ts';

export interface Followed {
  progress: OrderProgress | undefined;
  /** The last question had no answer; another one follows. */
  isInterrupted: boolean;
  /** Why the order cannot be followed at all. */
  error: unknown;
}

export function useOrder(id: string): Followed {
  const [followed, setFollowed] = useState<Followed>({ progress: undefined, isInterrupted: false, error: undefined });
  useEffect(() => {
    const abort = new AbortController();
    followOrder({
      news: (after, signal) => newsWhileSeen(id, after, signal),
      order: (signal) => api.order(id, signal),
      saga: (signal) => api.saga(id, signal),
      onUpdate: (progress) => setFollowed({ progress, isInterrupted: false, error: undefined }),
      onInterruption: () => setFollowed((before) => ({ ...before, isInterrupted: true })),
      pause: pauseUntilSeen,
      signal: abort.signal,
    }).catch((error: unknown) => setFollowed((before) => ({ ...before, error })));
    return () => abort.abort();
  }, [id]);
  return followed;
}

/** A stream holds one of the six connections that a browser has to a shop without HTTP/2, so tabs that nobody looks at let theirs go. */
async function* newsWhileSeen(id: string, after: string | undefined, signal: AbortSignal): AsyncGenerator<OrderNews> {
  await pauseWhileUnseen(0, signal);
  yield* api.orderNews(id, { after, signal: whileSeen(signal) });
}
