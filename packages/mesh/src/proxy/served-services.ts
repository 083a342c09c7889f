/**
 * The Services that are served: one without a ready endpoint is not. Its clients then see the refused connection that they know how
 * to handle, instead of one that opens and breaks.
 */
import type { ServiceListener, Snapshot } from '../snapshot/snapshot.ts';

export function servedServices({ services, clusters }: Pick<Snapshot, 'services' | 'clusters'>): ServiceListener[] {
  return services.filter(({ cluster }) => {
    const { endpoints = [], byName } = clusters[cluster] ?? {};
    return endpoints.length > 0 || byName !== undefined;
  });
}
