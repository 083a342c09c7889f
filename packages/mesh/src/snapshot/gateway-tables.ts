/**
 * What is served at each of the gateway's ports.
 */
import { isDeepStrictEqual } from 'node:util';
import type { GatewayPlace, PlaceOf } from './gateway-ports.ts';
import { isTls } from './gateway-ports.ts';
import type { GatewayServer } from './gateway-servers.ts';
import type { GatewayPort, Snapshot, TlsServer, VirtualHost } from './snapshot.ts';
import { compileTlsGateway } from './tls-gateway.ts';
import type { TlsGatewayResources } from './tls-gateway.ts';
import { compileVirtualHosts } from './virtual-hosts.ts';

export type GatewayTables = Map<GatewayPlace, GatewayPort>;

/** Of Istio's Gateways. */
export function compileGatewayTables(
  resources: TlsGatewayResources,
  servers: readonly GatewayServer[],
  placeOf: PlaceOf,
  warn: (message: string) => void,
): GatewayTables {
  const byPlace = new Map<GatewayPlace, GatewayServer[]>();
  for (const server of servers) {
    const { gateway, port, kind } = server;
    const place = placeOf({ port, isTls: isTls(kind) });
    if (typeof place === 'object') warn(`Gateway ${gateway}: server port ${port} is not served: ${place.message}`);
    else byPlace.set(place, [...(byPlace.get(place) ?? []), server]);
  }
  const tables: GatewayTables = new Map();
  for (const [place, here] of byPlace) {
    const table = here.some(({ kind }) => isTls(kind))
      ? compileTlsGateway(resources, here, warn)
      : { virtualHosts: compileVirtualHosts(resources, here, warn) };
    if (table) tables.set(place, table);
  }
  return tables;
}

/** At one host the rules of `first` are asked before those of `second`, and its certificate is shown. */
export function mergeTables(first: GatewayTables, second: GatewayTables): GatewayTables {
  const merged = new Map(first);
  for (const [place, added] of second) {
    const before = merged.get(place);
    merged.set(place, before === undefined ? added : mergePorts(before, added));
  }
  return merged;
}

/** Says of each host on a port whose certificates there are several of. */
export function warnOfEqualHosts(tables: GatewayTables, warn: (message: string) => void): void {
  for (const { servers = [] } of tables.values()) {
    const seen = new Map<string, TlsServer>();
    for (const server of servers)
      for (const host of server.hosts) {
        const first = seen.get(host);
        if (first === undefined) seen.set(host, server);
        else if (!isDeepStrictEqual(first, server))
          warn(`several Gateways serve TLS for ${host}: the first, which is the oldest, has it`);
      }
  }
}

/** As the snapshot has them. `change` is made to all. */
export function portsOfSnapshot(
  tables: GatewayTables,
  change: (port: GatewayPort, place: GatewayPlace) => GatewayPort,
): Pick<Snapshot, 'virtualHosts' | 'tls' | 'gatewayPorts'> {
  const { virtualHosts } = change(tables.get('http') ?? { virtualHosts: [] }, 'http');
  const tls = tables.get('tls');
  const others = [...tables].flatMap(([place, port]) =>
    place === 'http' || place === 'tls' ? [] : [[String(place), change(port, place)] as const],
  );
  return {
    virtualHosts,
    ...(tls && { tls: { servers: [], ...change(tls, 'tls') } }),
    ...(others.length > 0 && { gatewayPorts: Object.fromEntries(others) }),
  };
}

function mergePorts(first: GatewayPort, second: GatewayPort): GatewayPort {
  const servers = [...(first.servers ?? []), ...(second.servers ?? [])];
  return { virtualHosts: mergeHosts(first.virtualHosts, second.virtualHosts), ...(servers.length > 0 && { servers }) };
}

function mergeHosts(first: readonly VirtualHost[], second: readonly VirtualHost[]): VirtualHost[] {
  const added = new Map(second.map(({ domain, routes }) => [domain, routes]));
  const merged = first.map((host) => {
    const routes = added.get(host.domain);
    return routes === undefined ? host : { domain: host.domain, routes: [...host.routes, ...routes] };
  });
  const known = new Set(first.map(({ domain }) => domain));
  return [...merged, ...second.filter(({ domain }) => !known.has(domain))];
}
