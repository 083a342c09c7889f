/**
 * Envoy's listeners: plain HTTP or bytes by one filter chain, or TLS, where the name a client asks for picks the chain (SNI).
 */
import type { FieldPath } from '@hikyaku/resources';
import type { TlsServer, VirtualHost } from '../snapshot/snapshot.ts';
import type { EnvoyListener, HttpConnectionManager, NetworkFilter } from './bootstrap.ts';
import { downstreamTlsOf } from './downstream-tls.ts';
import type { ReadText } from './downstream-tls.ts';
import { chainsOf, isManager } from './managers.ts';
import type { PlacedChain } from './managers.ts';
import { placeOf } from './places.ts';
import type { Place } from './places.ts';
import { virtualHostsOf } from './routes.ts';
import type { RouteReport } from './routes.ts';

export type ServedListener = Place & { name: string } & (Carried | { kind: 'tls'; chains: TlsChain[] });

type Carried =
  | { kind: 'http'; virtualHosts: VirtualHost[]; statPrefix?: string }
  /** Connections are carried as bytes. */
  | { kind: 'tcp'; cluster: string };

export interface TlsChain {
  server: TlsServer;
  /** Empty where connections are passed on as they are. */
  virtualHosts: VirtualHost[];
  /** What its requests are counted under. */
  statPrefix?: string;
}

export interface ListenerContext {
  report: RouteReport;
  read: ReadText;
}

export function compileListener(listener: EnvoyListener, segments: FieldPath, context: ListenerContext): ServedListener[] {
  const { report } = context;
  const place = placeOf(listener.address, [...segments, 'address'], report);
  const chains = chainsOf(listener, segments);
  if (chains.length === 0) report.error(segments, 'needs filter_chains');
  if (place === undefined) return [];
  const named = { ...place, name: listener.name ?? `${place.address}:${place.port}` };
  if (chains.some(({ chain }) => isForTls(chain)))
    return [{ ...named, kind: 'tls', chains: chains.flatMap((chain) => compileTlsChain(chain, named.name, context)) }];
  const [first, second] = chains;
  if (second !== undefined)
    report.error(second.segments, 'cannot be told from the first: without TLS one filter chain is served for each listener');
  return first === undefined ? [] : compileChain(first, report).map((own) => ({ ...named, ...own }));
}

function isForTls({ transport_socket, filter_chain_match: match }: PlacedChain['chain']): boolean {
  return transport_socket !== undefined || (match?.server_names?.length ?? 0) > 0 || match?.transport_protocol === 'tls';
}

/** A chain without names takes whoever asks for none of the others', or for none at all. */
function compileTlsChain(placed: PlacedChain, listener: string, { report, read }: ListenerContext): TlsChain[] {
  const { chain, segments } = placed;
  const { server_names: names = [], transport_protocol } = chain.filter_chain_match ?? {};
  const hosts = names.length === 0 ? ['*'] : names.map((name) => name.toLowerCase());
  const [carried] = compileChain(placed, report);
  if (transport_protocol === 'raw_buffer') {
    report.error(
      [...segments, 'filter_chain_match'],
      'is for what is not encrypted, beside chains for TLS: give it a listener of its own',
    );
    return [];
  }
  if (carried === undefined) return [];
  const socket = chain.transport_socket;
  if (socket === undefined) {
    if (carried.kind === 'http')
      report.error(segments, 'needs a transport_socket: HTTP cannot be read from what stays encrypted');
    return carried.kind === 'tcp' ? [passing(hosts, listener, carried.cluster)] : [];
  }
  if (carried.kind === 'tcp') {
    report.error([...segments, 'filters'], 'cannot be served: where TLS is ended here, http_connection_manager has to follow');
    return [];
  }
  const settings = downstreamTlsOf(socket.typed_config, [...segments, 'transport_socket', 'typed_config'], report, read);
  if (settings === undefined) return [];
  const { virtualHosts, statPrefix } = carried;
  return [{ server: { kind: 'terminate', hosts, settings }, virtualHosts, ...(statPrefix !== undefined && { statPrefix }) }];
}

function passing(hosts: string[], name: string, cluster: string): TlsChain {
  return { server: { kind: 'passthrough', hosts, name, destinations: [{ cluster, weight: 1 }] }, virtualHosts: [] };
}

function compileChain({ chain, segments }: PlacedChain, report: RouteReport): Carried[] {
  const [filter, ...more] = chain.filters;
  const at = [...segments, 'filters'];
  if (more.length > 0) report.error([...at, 1], 'is one filter too many: http_connection_manager or tcp_proxy alone is served');
  if (filter !== undefined) return compileFilter(filter, [...at, 0, 'typed_config'], report);
  report.error(at, 'needs http_connection_manager or tcp_proxy');
  return [];
}

function compileFilter({ typed_config: config }: NetworkFilter, segments: FieldPath, report: RouteReport): Carried[] {
  if (!isManager(config)) {
    const { cluster = '' } = config;
    if (!report.hasCluster(cluster)) report.error([...segments, 'cluster'], 'must name a cluster of static_resources.clusters');
    return [{ kind: 'tcp', cluster }];
  }
  for (const [index, filter] of (config.http_filters ?? []).entries())
    reportFilter(filter, [...segments, 'http_filters', index], report);
  if (config.route_config === undefined) {
    report.error([...segments, 'route_config'], 'is required: routes from a management server (rds) are not read');
    return [];
  }
  const virtualHosts = virtualHostsOf(config.route_config, [...segments, 'route_config'], report);
  const { stat_prefix: statPrefix } = config;
  return [{ kind: 'http', virtualHosts, ...(statPrefix !== undefined && { statPrefix }) }];
}

type HttpFilter = NonNullable<HttpConnectionManager['http_filters']>[number];

/** HTTP filters of Envoy that are there to keep somebody out. */
const guardians = new Set(['api_key_auth', 'basic_auth', 'csrf', 'ext_authz', 'jwt_authn', 'oauth2', 'rbac']);

/** Of HTTP filters the router is carried out. Serving without one that keeps somebody out would let them in. */
function reportFilter({ name, typed_config: config }: HttpFilter, segments: FieldPath, report: RouteReport): void {
  const [, kind = ''] = /\.filters\.http\.(\w+)/.exec(config?.['@type'] ?? name ?? '') ?? [];
  if (kind === 'router') return;
  const which = name ?? 'this one';
  if (guardians.has(kind)) report.error(segments, `${which} is not carried out, and the listener is not served without it`);
  else report.warn(segments, `has no effect here: of HTTP filters only the router is carried out, not ${which}`);
}
