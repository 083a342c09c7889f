/**
 * Gateways and the VirtualServices bound to them become the virtual hosts of the one HTTP port hikyaku serves.
 */
import type { Gateway, Service, ServiceEntry, VirtualService } from '@hikyaku/resources';
import { intersectHosts } from './hosts.ts';
import { byAge, gatewaysOf, nameOf, namespaceOf } from './names.ts';
import { compileRoutes } from './routes.ts';
import { entryPortsOf } from './service-entries.ts';
import type { Route, VirtualHost } from './snapshot.ts';
import { isVisibleFrom } from './visibility.ts';

export interface RoutingResources {
  gateways: readonly Gateway[];
  virtualServices: readonly VirtualService[];
  services: readonly Service[];
  serviceEntries?: readonly ServiceEntry[];
}

interface GatewayServer {
  /** `namespace/name` of the Gateway. */
  gateway: string;
  port: number;
  /** Each with the namespaces it may be bound from: `*` for any. */
  hosts: { namespace: string; host: string }[];
}

const httpProtocols = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);

export function compileVirtualHosts(resources: RoutingResources, warn: (message: string) => void): VirtualHost[] {
  const servers = servedServers(resources.gateways, warn);
  const known = new Set(resources.gateways.map(nameOf));
  const services = new Map(resources.services.map((service) => [nameOf(service), service]));
  const delegates = new Map(resources.virtualServices.map((each) => [nameOf(each), each]));
  const entryPorts = entryPortsOf(resources.serviceEntries ?? []);
  const byDomain = new Map<string, Route[][]>();
  for (const virtualService of [...resources.virtualServices].sort(byAge)) {
    checkGateways(virtualService, known, warn);
    for (const server of servers.filter(({ gateway }) => isBound(virtualService, gateway))) {
      const namespace = namespaceOf(virtualService);
      const routes = compileRoutes(virtualService, {
        gateway: server.gateway,
        port: server.port,
        namespace,
        services,
        delegates,
        entryPorts,
        warn,
      });
      for (const domain of domainsOf(virtualService, server)) {
        const all = byDomain.get(domain);
        if (all === undefined) byDomain.set(domain, [routes]);
        else all.push(routes);
      }
    }
  }
  return [...byDomain].map(([domain, routes]) => ({ domain, routes: merge(routes) }));
}

/**
 * The servers behind the one port hikyaku opens: those with the port number of the first HTTP server. The others are named in a
 * warning, because a request can never reach them.
 */
function servedServers(gateways: readonly Gateway[], warn: (message: string) => void): GatewayServer[] {
  const all = [...gateways].sort(byAge).flatMap((gateway) =>
    (gateway.spec?.servers ?? []).map((server) => ({
      gateway: nameOf(gateway),
      port: server.port?.number ?? 0,
      hosts: (server.hosts ?? []).map((host) => splitHost(host, gateway.metadata.namespace ?? 'default')),
      isHttp: httpProtocols.has((server.port?.protocol ?? '').toUpperCase()) && server.tls === undefined,
    })),
  );
  const servedPort = all.find((server) => server.isHttp)?.port;
  return all.filter((server) => {
    const isServed = server.isHttp && server.port === servedPort;
    if (!isServed) warn(`Gateway ${server.gateway}: server port ${server.port} is not served, only the first plain HTTP port is`);
    return isServed;
  });
}

/** `shop/api.example.com`, `./…` (the Gateway's own namespace), or a bare host, which any namespace may bind to. */
export function splitHost(written: string, ownNamespace: string): { namespace: string; host: string } {
  const slash = written.indexOf('/');
  const namespace = slash === -1 ? '*' : written.slice(0, slash);
  return { namespace: namespace === '.' ? ownNamespace : namespace, host: written.slice(slash + 1).toLowerCase() };
}

/** To be exported to the gateway's namespace is part of being bound to it. */
function isBound(virtualService: VirtualService, gateway: string): boolean {
  const [namespace = ''] = gateway.split('/');
  return gatewaysOf(virtualService).includes(gateway) && isVisibleFrom(virtualService, namespace);
}

function checkGateways(virtualService: VirtualService, known: ReadonlySet<string>, warn: (message: string) => void): void {
  for (const gateway of gatewaysOf(virtualService)) {
    if (gateway !== 'mesh' && !known.has(gateway))
      warn(`VirtualService ${nameOf(virtualService)}: there is no Gateway ${gateway}`);
  }
}

function domainsOf(virtualService: VirtualService, server: GatewayServer): Set<string> {
  const { namespace = 'default' } = virtualService.metadata;
  const bindable = server.hosts.filter((host) => host.namespace === '*' || host.namespace === namespace);
  const routeHosts = (virtualService.spec?.hosts ?? []).map((host) => host.toLowerCase());
  return new Set(bindable.flatMap(({ host }) => routeHosts.flatMap((routeHost) => intersectHosts(host, routeHost) ?? [])));
}

/** Several VirtualServices of one host are merged oldest first; rules that match everything come last, or they would hide the rest. */
function merge(routes: Route[][]): Route[] {
  const [only, ...others] = routes;
  if (only !== undefined && others.length === 0) return only;
  const all = routes.flat();
  return [...all.filter((route) => !isCatchAll(route)), ...all.filter(isCatchAll)];
}

function isCatchAll(route: Route): boolean {
  return (
    route.matches.length === 0 ||
    route.matches.some(
      ({ uri, ...rest }) => Object.keys(rest).length === 0 && (uri === undefined || ('prefix' in uri && uri.prefix === '/')),
    )
  );
}
