/**
 * The part of a snapshot that a process needs to carry its own calls: no gateway, and no Service where somebody else than the caller
 * has to judge or to count. Whoever holds it could do nothing with it that the network would not let it do anyway.
 */
import type { Snapshot } from './snapshot.ts';

export type CallerView = Pick<Snapshot, 'serviceRoutes' | 'clusters' | 'services'>;

export function callerView({ serviceRoutes, clusters, services }: Snapshot): CallerView {
  return { serviceRoutes, clusters, services };
}
