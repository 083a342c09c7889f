/**
 * What Istio's Gateways say of a port for TLS: who is served there with which certificate, and what is passed through unread.
 */
import type { Secret, VirtualService } from '@hikyaku/resources';
import { resolveCluster } from './destinations.ts';
import type { GatewayServer } from './gateway-servers.ts';
import { domainsOf } from './gateway-servers.ts';
import { intersectHosts } from './hosts.ts';
import { byAge, nameOf, qualify } from './names.ts';
import { entryPortsOf } from './service-entries.ts';
import type { Destination, TlsGateway, TlsServer } from './snapshot.ts';
import { tlsSettings } from './tls-settings.ts';
import { compileVirtualHosts, isBound } from './virtual-hosts.ts';
import type { RoutingResources } from './virtual-hosts.ts';

type TlsRule = NonNullable<NonNullable<VirtualService['spec']>['tls']>[number];

export interface TlsGatewayResources extends RoutingResources {
  /** Absent: none. */
  secrets?: readonly Secret[];
}

/** `servers` are those on the port. Undefined when there is nothing to serve. */
export function compileTlsGateway(
  resources: TlsGatewayResources,
  servers: readonly GatewayServer[],
  warn: (message: string) => void,
): TlsGateway | undefined {
  const secrets = new Map(resources.secrets?.map((secret) => [nameOf(secret), secret]));
  const terminated = servers.flatMap((server) => {
    if (server.kind !== 'https' || server.tls === undefined) return [];
    const { gateway, port, namespace, hosts } = server;
    const settings = tlsSettings(server.tls, {
      namespace,
      secrets,
      warn: (message) => warn(`Gateway ${gateway}: server port ${port}: ${message}`),
    });
    return settings === undefined ? [] : [{ server, hosts: hosts.map(({ host }) => host), settings }];
  });
  const passed = servers.filter(({ kind }) => kind === 'passthrough');
  const tlsServers: TlsServer[] = [
    ...terminated.map(({ hosts, settings }) => ({ kind: 'terminate' as const, hosts, settings })),
    ...(passed.length === 0 ? [] : compilePassthrough(resources, passed, warn)),
  ];
  if (tlsServers.length === 0) return undefined;
  const served = terminated.map(({ server }) => server);
  return { virtualHosts: compileVirtualHosts(resources, served, warn), servers: tlsServers };
}

/** The `tls` rules of VirtualServices that are bound to such a server: by name, to a destination. */
function compilePassthrough(
  resources: RoutingResources,
  servers: readonly GatewayServer[],
  warn: (message: string) => void,
): TlsServer[] {
  const services = new Map(resources.services.map((service) => [nameOf(service), service]));
  const entryPorts = entryPortsOf(resources.serviceEntries ?? []);
  return [...resources.virtualServices].sort(byAge).flatMap((virtualService) =>
    (virtualService.spec?.tls ?? []).flatMap((rule, index) => {
      const name = `VirtualService ${nameOf(virtualService)}, tls rule ${index + 1}`;
      const { namespace = 'default' } = virtualService.metadata;
      return servers
        .filter(({ gateway }) => isBound(virtualService, gateway))
        .flatMap((server): TlsServer[] => {
          const hosts = namesOf(rule, virtualService, server);
          const warnOfRule = (message: string) => warn(`${name}: ${message}`);
          const context = { gateway: server.gateway, port: server.port, namespace, services, entryPorts, warn: warnOfRule };
          const destinations = destinationsOf(rule, (destination) => resolveCluster(destination, context));
          if (hosts.length > 0 && destinations.length === 0) warnOfRule('has no destination with a weight above 0');
          return hosts.length === 0 || destinations.length === 0 ? [] : [{ kind: 'passthrough', hosts, name, destinations }];
        });
    }),
  );
}

/** Of the names the rule matches, those that the server has for this VirtualService. */
function namesOf(rule: TlsRule, virtualService: VirtualService, server: GatewayServer): string[] {
  const { namespace = 'default' } = virtualService.metadata;
  const domains = [...domainsOf(virtualService, server)];
  const names = rule.match.flatMap(({ sniHosts, port, gateways }) => {
    const isHere = gateways === undefined || gateways.some((name) => qualify(name, namespace) === server.gateway);
    return isHere && (port === undefined || port === server.port) ? sniHosts.map((host) => host.toLowerCase()) : [];
  });
  return [...new Set(names.flatMap((name) => domains.flatMap((domain) => intersectHosts(domain, name) ?? [])))];
}

type Resolve = (destination: NonNullable<TlsRule['route']>[number]['destination']) => string;

function destinationsOf({ route = [] }: TlsRule, resolve: Resolve): Destination[] {
  return route.flatMap(({ destination, weight }) => {
    const effectiveWeight = route.length === 1 ? 1 : (weight ?? 0);
    return effectiveWeight <= 0 ? [] : [{ cluster: resolve(destination), weight: effectiveWeight }];
  });
}
