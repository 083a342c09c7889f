/**
 * The destinations of a VirtualService rule: names resolved to clusters, weights as they count.
 */
import { clusterKey, tcpPorts } from './clusters.ts';
import { authoritySetBy, compileHeaderOperations } from './header-operations.ts';
import { serviceOfHost } from './hosts.ts';
import type { HttpRule, RouteDestination, Service } from '@hikyaku/resources';
import type { GatewayContext } from './matches.ts';
import type { Destination } from './snapshot.ts';

export interface RouteContext extends GatewayContext {
  /** By `namespace/name`. */
  services: ReadonlyMap<string, Service>;
  /** The ports of ServiceEntries, by host. Absent: there are none. */
  entryPorts?: ReadonlyMap<string, readonly number[]>;
  warn(message: string): void;
}

/** A single destination takes everything, whatever its weight says; among several, absent means 0. */
export function compileDestinations(rule: HttpRule, context: RouteContext): Destination[] {
  const routes = rule.route ?? [];
  return routes.flatMap(({ destination, weight, headers: written }) => {
    const effectiveWeight = routes.length === 1 ? 1 : (weight ?? 0);
    if (effectiveWeight <= 0) return [];
    const headers = compileHeaderOperations(written, (message) => context.warn(message));
    const authority = authoritySetBy(written);
    const cluster = resolveCluster(destination, context);
    return [{ cluster, weight: effectiveWeight, ...(headers && { headers }), ...(authority !== undefined && { authority }) }];
  });
}

/** The key of the cluster meant. A name that leads nowhere keeps its key: requests then get an answer that names it. */
export function resolveCluster({ host, port: written, subset }: RouteDestination, context: RouteContext): string {
  const port = written?.number;
  const named = serviceOfHost(host, context.namespace);
  const service = named && context.services.get(`${named.namespace}/${named.name}`);
  const entryPorts = context.entryPorts?.get(host.toLowerCase());
  if (service === undefined && entryPorts !== undefined)
    return entryCluster({ host: host.toLowerCase(), port, subset }, entryPorts, context);
  if (named === undefined || service === undefined) {
    context.warn(`destination host ${host} is no Service`);
    return `${host}:${port ?? context.port}`;
  }
  const ports = tcpPorts(service);
  if (port === undefined && ports.length > 1) context.warn(`destination ${host} needs a port number, the Service has several`);
  const chosen = port ?? (ports.length === 1 ? ports[0]?.port : undefined) ?? context.port;
  if (!ports.some((candidate) => candidate.port === chosen)) context.warn(`Service ${host} has no TCP port ${chosen}`);
  return clusterKey(named, chosen, subset);
}

/** Of a ServiceEntry's host, keyed by the host itself. */
export function entryClusterKey(host: string, port: number, subset?: string): string {
  return subset === undefined || subset === '' ? `${host}:${port}` : `${host}:${port}/${subset}`;
}

interface EntryDestination {
  host: string;
  port: number | undefined;
  subset: string | undefined;
}

function entryCluster({ host, port, subset }: EntryDestination, ports: readonly number[], context: RouteContext): string {
  if (port === undefined && ports.length > 1)
    context.warn(`destination ${host} needs a port number, the ServiceEntry has several`);
  const chosen = port ?? (ports.length === 1 ? ports[0] : undefined) ?? context.port;
  if (!ports.includes(chosen)) context.warn(`the ServiceEntry for ${host} has no port ${chosen}`);
  return entryClusterKey(host, chosen, subset);
}
