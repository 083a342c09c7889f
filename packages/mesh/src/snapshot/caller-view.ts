/**
 * The part of a snapshot that a process needs to carry its own calls: no gateway, and no Service where somebody else than the caller
 * has to judge or to count. Whoever holds it could do nothing with it that the network would not let it do anyway.
 */
import type { Protection } from './protection.ts';
import type { Route, Snapshot } from './snapshot.ts';

export type CallerView = Pick<Snapshot, 'serviceRoutes' | 'clusters' | 'services'>;

export function callerView({ serviceRoutes, clusters, services, protection }: Snapshot): CallerView {
  if (protection === undefined) return { serviceRoutes, clusters, services };
  const mayBeCalled = ({ cluster }: Snapshot['services'][number]) =>
    [cluster, ...destinationsOf(serviceRoutes[cluster] ?? [])].every((key) => !isProtected(key, protection));
  return { serviceRoutes, clusters, services: services.filter(mayBeCalled) };
}

/** Calls there must pass the proxy, which knows tokens and counts. */
function isProtected(cluster: string, { clusters }: Protection): boolean {
  return clusters[cluster] !== undefined;
}

function destinationsOf(routes: readonly Route[]): string[] {
  return routes.flatMap(({ action, policies }) => [
    ...(action.kind === 'forward' ? action.destinations.map(({ cluster }) => cluster) : []),
    ...(policies?.mirrors ?? []).map(({ cluster }) => cluster),
  ]);
}
