/**
 * An Envoy bootstrap as what the proxy's parts need: clusters, and listeners each with its routes. Whatever cannot be carried out is reported at its
 * place.
 */
import type { Diagnostic, FieldPath } from '@hikyaku/resources';
import type { Cluster, Endpoint, VirtualHost } from '../snapshot/snapshot.ts';
import type {
  Bootstrap,
  EnvoyAddress,
  EnvoyCluster,
  EnvoyListener,
  HttpConnectionManager,
  NetworkFilter,
  TcpProxy,
} from './bootstrap.ts';
import { managerType } from './bootstrap-schema.ts';
import { clusterPoliciesOf } from './cluster-policies.ts';
import type { ParsedBootstrap } from './parse.ts';
import { virtualHostsOf } from './routes.ts';
import type { RouteReport } from './routes.ts';

export interface EnvoyServing {
  clusters: Record<string, Cluster>;
  listeners: ServedListener[];
  /** Where the statistics are read. */
  admin?: Place;
}

export interface Place {
  address: string;
  port: number;
}

export type ServedListener = Place & { name: string } & (
    | { kind: 'http'; virtualHosts: VirtualHost[] }
    /** Connections are carried as bytes. */
    | { kind: 'tcp'; cluster: string }
  );

type Diagnose = ParsedBootstrap['diagnose'];

/** What is found is in `diagnostics`; with an error among them nothing should be served. */
export function compileBootstrap(bootstrap: Bootstrap, diagnose: Diagnose): { serving: EnvoyServing; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const { clusters = [], listeners = [] } = bootstrap.static_resources;
  const names = new Set(clusters.map(({ name }) => name));
  const report: RouteReport = {
    error: (segments, message) => void diagnostics.push(diagnose('error', segments, message)),
    warn: (segments, message) => void diagnostics.push(diagnose('warning', segments, message)),
    hasCluster: (name) => names.has(name),
  };
  const at = ['static_resources', 'listeners'];
  const { address } = bootstrap.admin ?? {};
  const admin = address && placeOf(address, ['admin', 'address'], report);
  const serving = {
    clusters: Object.fromEntries(clusters.map((cluster, index) => [cluster.name, compileCluster(cluster, index, report)])),
    listeners: listeners.flatMap((listener, index) => compileListener(listener, [...at, index], report)),
    ...(admin && { admin }),
  };
  if (listeners.length === 0) report.error(['static_resources'], 'has no listeners, so there is nothing to serve');
  return { serving, diagnostics };
}

function compileListener(listener: EnvoyListener, segments: FieldPath, report: RouteReport): ServedListener[] {
  const place = placeOf(listener.address, [...segments, 'address'], report);
  const [chain, ...others] = listener.filter_chains;
  const chains = [...segments, 'filter_chains'];
  if (others.length > 0)
    report.error([...chains, 1], 'cannot be told from the first: one filter chain is served for each listener');
  const [filter, ...more] = chain?.filters ?? [];
  if (more.length > 0)
    report.error([...chains, 0, 'filters', 1], 'is one filter too many: http_connection_manager or tcp_proxy alone is served');
  if (filter === undefined) report.error([...chains, 0, 'filters'], 'needs http_connection_manager or tcp_proxy');
  if (place === undefined || filter === undefined) return [];
  const named = { ...place, name: listener.name ?? `${place.address}:${place.port}` };
  return compileFilter(filter, [...chains, 0, 'filters', 0, 'typed_config'], report).map((own) => ({ ...named, ...own }));
}

type Carried = { kind: 'http'; virtualHosts: VirtualHost[] } | { kind: 'tcp'; cluster: string };

function compileFilter({ typed_config: config }: NetworkFilter, segments: FieldPath, report: RouteReport): Carried[] {
  if (!isManager(config)) {
    const { cluster = '' } = config;
    if (!report.hasCluster(cluster)) report.error([...segments, 'cluster'], 'must name a cluster of static_resources.clusters');
    return [{ kind: 'tcp', cluster }];
  }
  for (const [index, filter] of (config.http_filters ?? []).entries()) {
    if (
      filter.typed_config?.['@type']?.endsWith('.http.router.v3.Router') !== true &&
      filter.name !== 'envoy.filters.http.router'
    )
      report.warn(
        [...segments, 'http_filters', index],
        `has no effect here: of HTTP filters only the router is carried out, not ${filter.name ?? 'this one'}`,
      );
  }
  if (config.route_config === undefined) {
    report.error([...segments, 'route_config'], 'is required: routes from a management server (rds) are not read');
    return [];
  }
  return [{ kind: 'http', virtualHosts: virtualHostsOf(config.route_config, [...segments, 'route_config'], report) }];
}

function isManager(config: HttpConnectionManager | TcpProxy): config is HttpConnectionManager {
  return config['@type'] === managerType;
}

function compileCluster(cluster: EnvoyCluster, index: number, report: RouteReport): Cluster {
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
  return { service: name, endpoints, ...clusterPoliciesOf(cluster) };
}

function warnOfMore({ health_checks = [], circuit_breakers }: EnvoyCluster, here: FieldPath, report: RouteReport): void {
  if (health_checks.length > 1)
    report.warn([...here, 'health_checks', 1], 'has no effect here: the first health check is carried out');
  if ((circuit_breakers?.thresholds?.length ?? 0) > 1)
    report.warn([...here, 'circuit_breakers', 'thresholds', 1], 'has no effect here: the first thresholds hold');
}

/** hikyaku stays on this machine: `0.0.0.0` would let others in, and is served on 127.0.0.1 instead. */
function placeOf(
  { socket_address: { address, port_value: port } }: EnvoyAddress,
  segments: FieldPath,
  report: RouteReport,
): Place | undefined {
  const at = [...segments, 'socket_address', 'address'];
  if (address === 'localhost' || /^127(\.\d{1,3}){3}$/.test(address))
    return { address: address === 'localhost' ? '127.0.0.1' : address, port };
  if (address === '::1') return { address, port };
  if (address === '0.0.0.0' || address === '::') {
    report.warn(at, `${address} means 127.0.0.1 here: hikyaku is reachable from this machine only`);
    return { address: '127.0.0.1', port };
  }
  report.error(at, `${address} is not on this machine; use 127.0.0.1`);
  return undefined;
}
