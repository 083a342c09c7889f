/**
 * Gateways and the VirtualServices bound to them become the virtual hosts of the ports hikyaku serves.
 */
import type { Gateway, Service, ServiceEntry, VirtualService } from '@hikyaku/resources';
import { domainsOf } from './gateway-servers.ts';
import type { GatewayServer } from './gateway-servers.ts';
import { byAge, gatewaysOf, nameOf, namespaceOf } from './names.ts';
import { compileRoutes } from './routes.ts';
import type { RouteMemory } from './routes.ts';
import { entryPortsOf } from './service-entries.ts';
import type { Route, VirtualHost } from './snapshot.ts';
import { isVisibleFrom } from './visibility.ts';

export interface RoutingResources {
  gateways: readonly Gateway[];
  virtualServices: readonly VirtualService[];
  services: readonly Service[];
  serviceEntries?: readonly ServiceEntry[];
  /** Of what was compiled of VirtualServices before. */
  memory: RouteMemory;
}

/** The virtual hosts of one port, behind which the servers given are. A VirtualService that is bound to several of them for one domain counts once. */
export function compileVirtualHosts(
  resources: RoutingResources,
  servers: readonly GatewayServer[],
  warn: (message: string) => void,
): VirtualHost[] {
  const services = new Map(resources.services.map((service) => [nameOf(service), service]));
  const delegates = new Map(resources.virtualServices.map((each) => [nameOf(each), each]));
  const entryPorts = entryPortsOf(resources.serviceEntries ?? []);
  const byDomain = new Map<string, Route[][]>();
  for (const server of servers.filter(({ kind }) => kind === 'redirect'))
    for (const { host } of server.hosts) byDomain.set(host, [[redirectToTls(server)]]);
  for (const virtualService of [...resources.virtualServices].sort(byAge)) {
    const taken = new Set<string>();
    for (const server of servers.filter(({ gateway }) => isBound(virtualService, gateway))) {
      if (server.kind === 'redirect') continue;
      const namespace = namespaceOf(virtualService);
      const routes = compileRoutes(virtualService, {
        gateway: server.gateway,
        port: server.port,
        namespace,
        services,
        delegates,
        entryPorts,
        memory: resources.memory,
        warn,
      });
      for (const domain of domainsOf(virtualService, server)) {
        if (taken.has(domain)) continue;
        taken.add(domain);
        const all = byDomain.get(domain);
        if (all === undefined) byDomain.set(domain, [routes]);
        else all.push(routes);
      }
    }
  }
  return [...byDomain].map(([domain, routes]) => ({ domain, routes: merge(routes) }));
}

/** Envoy answers so before any rule is asked. */
function redirectToTls({ gateway }: GatewayServer): Route {
  return {
    name: `Gateway ${gateway}, httpsRedirect`,
    matches: [],
    action: { kind: 'redirect', status: 301, scheme: 'https', derivePort: 'GATEWAY_TLS_PORT' },
  };
}

/** Says of each VirtualService that it names a Gateway nobody knows. */
export function warnOfUnknownGateways(
  { gateways, virtualServices }: Omit<RoutingResources, 'memory'>,
  warn: (message: string) => void,
): void {
  const known = new Set(gateways.map(nameOf));
  for (const virtualService of virtualServices) checkGateways(virtualService, known, warn);
}

/** To be exported to the gateway's namespace is part of being bound to it. */
export function isBound(virtualService: VirtualService, gateway: string): boolean {
  const [namespace = ''] = gateway.split('/');
  return gatewaysOf(virtualService).includes(gateway) && isVisibleFrom(virtualService, namespace);
}

function checkGateways(virtualService: VirtualService, known: ReadonlySet<string>, warn: (message: string) => void): void {
  for (const gateway of gatewaysOf(virtualService)) {
    if (gateway !== 'mesh' && !known.has(gateway))
      warn(`VirtualService ${nameOf(virtualService)}: there is no Gateway ${gateway}`);
  }
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
