/** An order as it goes on, for a page that shows it. Asks at once when the page comes back into view. */
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/index.ts';
import { pauseUntilSeen } from '../ui/pause.ts';
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
      news: (after, signal) => api.orderNews(id, { after, signal }),
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
