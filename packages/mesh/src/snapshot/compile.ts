/**
 * Resources in, snapshot out. Pure: the same resources always give the same snapshot, so that snapshots can be compared to see
 * whether anything changed for traffic.
 */
import type { DestinationRule, Gateway, Secret, VirtualService } from '@hikyaku/resources';
import { compileCallers } from './callers.ts';
import { compileClusters } from './clusters.ts';
import type { ServiceResources } from './clusters.ts';
import { compileProtection } from './compile-protection.ts';
import type { ProtectionResources } from './compile-protection.ts';
import { DestinationRules } from './destination-rules.ts';
import { compileGatewayApi } from './gateway-api/compile.ts';
import { ownGateways } from './gateway-api/classes.ts';
import { addGatewayApi } from './gateway-api/merge.ts';
import type { GatewayApiResources } from './gateway-api/resources.ts';
import { sharing } from './gateway-api/addresses.ts';
import { addressOf, gatewayPlaces } from './gateway-ports.ts';
import type { GatewayPlace } from './gateway-ports.ts';
import { gatewayServers } from './gateway-servers.ts';
import { compileGatewayTables, portsOfSnapshot, warnOfEqualHosts } from './gateway-tables.ts';
import { ListMemo } from './list-memo.ts';
import { nameOf } from './names.ts';
import { passThrough } from './passthrough.ts';
import { compilePeers } from './peers.ts';
import { compilePlaces } from './places.ts';
import type { RouteMemory } from './routes.ts';
import { compileServiceRoutes } from './service-routes.ts';
import { compileServiceEntries } from './service-entries.ts';
import type { ServiceEntryResources } from './service-entries.ts';
import type { GatewayPort, Route, ServiceListener, Snapshot } from './snapshot.ts';
import { warnOfUnknownSubsets } from './subsets.ts';
import { compileTcpRoutes } from './tcp-routes.ts';
import { compileTelemetry } from './telemetry/compile-telemetry.ts';
import type { TelemetryResources } from './telemetry/compile-telemetry.ts';
import { warnOfUnknownGateways } from './virtual-hosts.ts';

/** Everything the mesh reads. */
export interface MeshResources extends ServiceEntryResources, ServiceResources, ProtectionResources, TelemetryResources {
  gateways: readonly Gateway[];
  virtualServices: readonly VirtualService[];
  /** Absent: none. */
  gatewayApi?: GatewayApiResources;
  /** Absent: none. */
  destinationRules?: readonly DestinationRule[];
  /** Read for the certificates of Gateways and DestinationRules. Absent: none. */
  secrets?: readonly Secret[];
}

/**
 * Never throws on resources that passed validation; what cannot be carried out is in `warnings`. Whoever compiles again and again keeps a `memory`, and pays
 * for what changed.
 */
export function compile(resources: MeshResources, memory: RouteMemory = new ListMemo()): Snapshot {
  memory.turn();
  const warnings = new Set<string>();
  const warn = (message: string) => void warnings.add(message);
  const { clusters: named, listeners } = compileDestinations(resources, warn);
  warnOfUnknownGateways(resources, warn);
  const { services, gateways, secrets = [], gatewayApi } = resources;
  const servers = gatewayServers(gateways, warn);
  const { placeOf, declaredPorts } = gatewayPlaces(servers, gatewayApi === undefined ? [] : sharing(ownGateways(gatewayApi)));
  const routing = { ...resources, memory };
  const istio = {
    gateway: compileGatewayTables(routing, servers, placeOf, warn),
    ...compileServiceRoutes(routing, listeners, warn),
    ...compileTcpRoutes(resources, listeners, warn),
  };
  const surroundings = { services, gateways, secrets, listeners };
  const { gateway: written, ...ruling } =
    gatewayApi === undefined
      ? istio
      : { ...istio, ...addGatewayApi(istio, compileGatewayApi(gatewayApi, surroundings, warn), warn) };
  const { gateway, rules, clusters } = passThrough({ gateway: written, rules: ruling, clusters: named });
  warnOfEqualHosts(gateway, warn);
  const virtualHosts = [...gateway.values()].flatMap((port) => port.virtualHosts);
  warnOfUnknownSubsets(allRoutes({ ...rules, virtualHosts }), clusters, warn);
  const { protection, limitRoutes, admitting, guardBytes } = compileProtection(resources, clusters, warn);
  const callers = compileCallers(resources.pods, rules);
  const guard = ({ virtualHosts: hosts, servers: own }: GatewayPort, place: GatewayPlace): GatewayPort => ({
    virtualHosts: limitRoutes(hosts, place === 'http' || place === 'tls' ? declaredPorts[place] : addressOf(place).port),
    ...(own && { servers: own.map((server) => (server.kind === 'passthrough' ? guardBytes(server) : server)) }),
  });
  const places = compilePlaces(resources.pods, clusters);
  return {
    ...rules,
    ...portsOfSnapshot(gateway, guard),
    ...(Object.keys(declaredPorts).length > 0 && { declaredPorts }),
    ...(callers && { callers }),
    clusters,
    services: admitting(listeners),
    peers: compilePeers(resources.pods),
    ...(places && { places }),
    ...(protection && { protection }),
    ...compileTelemetry(resources, warn),
    ...(rules.tcpRoutes && { tcpRoutes: mapValues(rules.tcpRoutes, (routes) => routes.map(guardBytes)) }),
    warnings: [...warnings],
  };
}

/** Services and ServiceEntries, by what DestinationRules say of them. */
function compileDestinations(
  resources: MeshResources,
  warn: (message: string) => void,
): Pick<Snapshot, 'clusters'> & { listeners: ServiceListener[] } {
  const rules = new DestinationRules(resources.destinationRules ?? [], warn);
  const secrets = new Map(resources.secrets?.map((secret) => [nameOf(secret), secret]));
  const ofServices = compileClusters(resources, { rules, secrets, warn });
  const ofEntries = compileServiceEntries(resources, { rules, secrets, warn });
  rules.warnOfUnused();
  return {
    clusters: { ...ofServices.clusters, ...ofEntries.clusters },
    listeners: [...ofServices.listeners, ...ofEntries.listeners],
  };
}

function allRoutes({
  virtualHosts,
  serviceRoutes,
  callerRoutes = {},
}: Pick<Snapshot, 'virtualHosts' | 'serviceRoutes' | 'callerRoutes'>): Route[] {
  const ofServices = [serviceRoutes, ...Object.values(callerRoutes)].flatMap((routes) => Object.values(routes));
  return [...virtualHosts.map(({ routes }) => routes), ...ofServices].flat();
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
