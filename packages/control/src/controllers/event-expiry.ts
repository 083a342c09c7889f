/** Events are for reading soon after; an hour later they go, as in Kubernetes, so the store does not fill with them. */
import { Events, type Event } from '@hikyaku/resources';
import type { Cluster } from './runtime/cluster.ts';
import type { Controller } from './runtime/controller.ts';

const lifetimeMs = 60 * 60 * 1000;

export function eventExpiryController(cluster: Cluster): Controller {
  return {
    name: 'event-expiry',
    kind: Events,
    reconcile: async (key) => {
      const event = cluster.cache(Events).get(key);
      if (event === undefined) return undefined;
      const leftMs = lastSeenMs(event) + lifetimeMs - Date.now();
      if (leftMs > 0) return { requeueAfterMs: leftMs };
      await cluster.delete(Events, event);
      return undefined;
    },
  };
}

function lastSeenMs({ lastTimestamp, eventTime, metadata }: Event): number {
  return Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '') || 0;
}
