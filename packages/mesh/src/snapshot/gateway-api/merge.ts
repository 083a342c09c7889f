/**
 * Where both Istio's rules and the Gateway API's routes hold.
 */
import type { Route, VirtualHost } from '../snapshot.ts';
import type { GatewayApiRouting } from './compile.ts';

/** At one host VirtualServices are asked first; calls to one Service are ruled by either. */
export function addGatewayApi(
  istio: GatewayApiRouting,
  gatewayApi: GatewayApiRouting,
  warn: (message: string) => void,
): GatewayApiRouting {
  for (const cluster of Object.keys(istio.serviceRoutes)) {
    if (gatewayApi.serviceRoutes[cluster] !== undefined)
      warn(
        `calls to ${cluster} are ruled by a VirtualService, so the routes of the Gateway API that name it as parent do not hold`,
      );
  }
  return {
    virtualHosts: mergeHosts(istio.virtualHosts, gatewayApi.virtualHosts),
    serviceRoutes: { ...gatewayApi.serviceRoutes, ...istio.serviceRoutes },
  };
}

function mergeHosts(istio: readonly VirtualHost[], gatewayApi: readonly VirtualHost[]): VirtualHost[] {
  const added = new Map<string, Route[]>(gatewayApi.map(({ domain, routes }) => [domain, routes]));
  const merged = istio.map((host) => {
    const routes = added.get(host.domain);
    return routes === undefined ? host : { domain: host.domain, routes: [...host.routes, ...routes] };
  });
  const known = new Set(istio.map(({ domain }) => domain));
  return [...merged, ...gatewayApi.filter(({ domain }) => !known.has(domain))];
}
