/**
 * What requests are hashed by. Envoy says it at each route (`hash_policy`), and at the cluster only that endpoints are found by hash; here it is the
 * cluster's, so all routes to a cluster should say the same.
 */
import { parseDurationMs } from '@hikyaku/resources';
import type { FieldPath } from '@hikyaku/resources';
import { isDeepStrictEqual } from 'node:util';
import type { HashKey, LoadBalancerPolicy } from '../snapshot/cluster-policies.ts';
import { isPrime } from '../snapshot/load-balancer.ts';
import type { Bootstrap, EnvoyCluster, EnvoyHashPolicy, EnvoyRoute } from './bootstrap.ts';
import { managersOf } from './managers.ts';
import type { RouteReport } from './routes.ts';

const defaultRingSize = 1024;
const defaultTableSize = 65_537;

interface RoutedHash {
  cluster: string;
  /** Of the route. */
  segments: FieldPath;
  key: HashKey | undefined;
}

/** What the routes of the file say, each cluster they lead to on its own. */
export function routedHashes(bootstrap: Bootstrap, report: RouteReport): RoutedHash[] {
  return managersOf(bootstrap).flatMap(({ manager, segments }) =>
    (manager.route_config?.virtual_hosts ?? []).flatMap(({ routes = [] }, host) =>
      routes.flatMap((route, position) =>
        ofRoute(route, [...segments, 'route_config', 'virtual_hosts', host, 'routes', position], report),
      ),
    ),
  );
}

function ofRoute({ route }: EnvoyRoute, at: FieldPath, report: RouteReport): RoutedHash[] {
  if (route === undefined) return [];
  const segments = [...at, 'route'];
  const { cluster, weighted_clusters, hash_policy: [policy, ...others] = [] } = route;
  if (others.length > 0)
    report.warn([...segments, 'hash_policy', 1], 'has no effect here: requests are hashed by the first of the list');
  const key = policy && keyOf(policy);
  const clusters = cluster === undefined ? (weighted_clusters?.clusters ?? []).map(({ name }) => name) : [cluster];
  return clusters.map((name) => ({ cluster: name, segments, key }));
}

function keyOf({ header, cookie, connection_properties, query_parameter }: EnvoyHashPolicy): HashKey | undefined {
  if (header !== undefined) return { by: 'header', name: header.header_name.toLowerCase() };
  if (query_parameter !== undefined) return { by: 'query', name: query_parameter.name };
  if (connection_properties?.source_ip === true) return { by: 'source-ip' };
  if (cookie === undefined) return undefined;
  const { name, path, ttl } = cookie;
  return { by: 'cookie', name, ...(path !== undefined && { path }), ...(ttl !== undefined && { ttlMs: parseDurationMs(ttl) }) };
}

/** Undefined for a cluster that is not balanced by hash. `segments` lead to the cluster. */
export function hashBalancerOf(
  { name, lb_policy, ring_hash_lb_config: ring, maglev_lb_config: maglev }: EnvoyCluster,
  routed: readonly RoutedHash[],
  segments: FieldPath,
  report: RouteReport,
): LoadBalancerPolicy | undefined {
  if (lb_policy !== 'RING_HASH' && lb_policy !== 'MAGLEV') return undefined;
  const own = routed.filter(({ cluster }) => cluster === name);
  const key = own.find((each) => each.key !== undefined)?.key;
  if (key === undefined) {
    report.warn(
      [...segments, 'lb_policy'],
      `finds nothing to hash: no route to ${name} has a hash_policy, so endpoints are chosen at random`,
    );
    return { kind: 'RANDOM' };
  }
  for (const other of own)
    if (!isDeepStrictEqual(other.key, key))
      report.warn(
        other.segments,
        `leads to ${name}, whose requests are hashed as the first route with a hash_policy says, those of this route too`,
      );
  const size = maglev?.table_size;
  if (size !== undefined && !isPrime(size))
    report.error([...segments, 'maglev_lb_config', 'table_size'], `must be a prime, not ${size}`);
  return lb_policy === 'RING_HASH'
    ? { kind: 'RING_HASH', key, minimumRingSize: ring?.minimum_ring_size ?? defaultRingSize }
    : { kind: 'MAGLEV', key, tableSize: maglev?.table_size ?? defaultTableSize };
}
