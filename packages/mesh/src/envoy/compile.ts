/**
 * An Envoy bootstrap as what the proxy's parts need: clusters, and listeners each with its routes. Whatever cannot be carried out is reported at its
 * place.
 */
import type { Diagnostic, FieldPath } from '@hikyaku/resources';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';
import type { Bootstrap, EnvoyCluster } from './bootstrap.ts';
import { clusterPoliciesOf, protocolOf } from './cluster-policies.ts';
import type { ReadText } from './downstream-tls.ts';
import { hashBalancerOf, routedHashes } from './hashing.ts';
import { compileListener } from './listeners.ts';
import type { ServedListener } from './listeners.ts';
import type { ParsedBootstrap } from './parse.ts';
import { placeOf } from './places.ts';
import type { Place } from './places.ts';
import type { RouteReport } from './routes.ts';

export interface EnvoyServing {
  clusters: Record<string, Cluster>;
  /** What clusters are called in statistics, where that is not their name. */
  statNames: Readonly<Record<string, string>>;
  listeners: ServedListener[];
  /** Where the statistics are read. */
  admin?: Place;
}

type Diagnose = ParsedBootstrap['diagnose'];

/** What is found is in `diagnostics`; with an error among them nothing should be served. */
export function compileBootstrap(
  bootstrap: Bootstrap,
  diagnose: Diagnose,
  read: ReadText,
): { serving: EnvoyServing; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const { clusters = [], listeners = [] } = bootstrap.static_resources;
  const names = new Set(clusters.map(({ name }) => name));
  const report: RouteReport = {
    error: (segments, message) => void diagnostics.push(diagnose('error', segments, message)),
    warn: (segments, message) => void diagnostics.push(diagnose('warning', segments, message)),
    hasCluster: (name) => names.has(name),
  };
  const at = ['static_resources', 'listeners'];
  const hashes = routedHashes(bootstrap, report);
  const { address } = bootstrap.admin ?? {};
  const admin = address && placeOf(address, ['admin', 'address'], report);
  const serving = {
    clusters: Object.fromEntries(
      clusters.map((cluster, index) => [cluster.name, compileCluster(cluster, index, { report, hashes })]),
    ),
    statNames: Object.fromEntries(
      clusters.flatMap(({ name, alt_stat_name: other }) => (other === undefined ? [] : [[name, other]])),
    ),
    listeners: listeners.flatMap((listener, index) => compileListener(listener, [...at, index], { report, read })),
    ...(admin && { admin }),
  };
  if (listeners.length === 0) report.error(['static_resources'], 'has no listeners, so there is nothing to serve');
  return { serving, diagnostics };
}

interface ClusterContext {
  report: RouteReport;
  hashes: ReturnType<typeof routedHashes>;
}

function compileCluster(cluster: EnvoyCluster, index: number, { report, hashes }: ClusterContext): Cluster {
  const { name, load_assignment } = cluster;
  const here = ['static_resources', 'clusters', index];
  const at = [...here, 'load_assignment', 'endpoints'];
  const endpoints = (load_assignment?.endpoints ?? []).flatMap(({ lb_endpoints = [] }, locality) =>
    lb_endpoints.flatMap(({ endpoint, load_balancing_weight: weight }, position): Endpoint[] => {
      const segments = [...at, locality, 'lb_endpoints', position, 'endpoint', 'address'];
      const place = endpoint && placeOf(endpoint.address, segments, report);
      return place === undefined ? [] : [{ ...place, ...(weight !== undefined && { weight }) }];
    }),
  );
  if (load_assignment === undefined) report.warn(here, `${name} has no endpoints: its requests are answered with 503`);
  warnOfMore(cluster, here, report);
  const loadBalancer = hashBalancerOf(cluster, hashes, here, report);
  return {
    service: name,
    endpoints,
    ...clusterPoliciesOf(cluster),
    ...protocolOf(cluster),
    ...(loadBalancer && { loadBalancer }),
  };
}

function warnOfMore({ health_checks = [], circuit_breakers }: EnvoyCluster, here: FieldPath, report: RouteReport): void {
  if (health_checks.length > 1)
    report.warn([...here, 'health_checks', 1], 'has no effect here: the first health check is carried out');
  if ((circuit_breakers?.thresholds?.length ?? 0) > 1)
    report.warn([...here, 'circuit_breakers', 'thresholds', 1], 'has no effect here: the first thresholds hold');
}
