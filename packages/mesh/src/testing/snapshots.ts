/**
 * Snapshots by hand, for tests of what is behind the compiler.
 */
import type { ClusterPolicies } from '../snapshot/cluster-policies.ts';
import type { Endpoint, Route, RouteAction, Snapshot } from '../snapshot/snapshot.ts';

type Forward = Extract<RouteAction, { kind: 'forward' }>;

export function forwardTo(cluster: string, change: Partial<Forward> = {}): Forward {
  return { kind: 'forward', destinations: [{ cluster, weight: 1 }], retry: { attempts: 2, retryOn: [] }, ...change };
}

export function routeFor(prefix: string, action: RouteAction): Route {
  return { name: `route ${prefix}`, matches: [{ uri: { prefix } }], action };
}

/** Everything goes to the Service `web.default` with the endpoints given. */
export function snapshotTo(endpoints: Endpoint[], change: Partial<Forward> = {}): Snapshot {
  return snapshotOf([routeFor('/', forwardTo('web.default:80', change))], { 'web.default:80': endpoints });
}

export function snapshotOf(routes: Route[], clusters: Record<string, Endpoint[]>): Snapshot {
  return {
    virtualHosts: [{ domain: '*', routes }],
    serviceRoutes: {},
    clusters: Object.fromEntries(
      Object.entries(clusters).map(([key, endpoints]) => [
        key,
        { service: key.split(':')[0] ?? key, endpoints: endpoints.map(({ address, port }) => ({ address, port })) },
      ]),
    ),
    services: [],
    warnings: [],
  };
}

/** The policies hold for all its clusters. */
export function withPolicies(snapshot: Snapshot, policies: ClusterPolicies): Snapshot {
  const clusters = Object.entries(snapshot.clusters).map(([key, cluster]) => [key, { ...cluster, ...policies }] as const);
  return { ...snapshot, clusters: Object.fromEntries(clusters) };
}
