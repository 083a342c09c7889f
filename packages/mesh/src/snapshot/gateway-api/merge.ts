/**
 * Where both Istio's rules and the Gateway API's routes hold.
 */
import { mergeTables } from '../gateway-tables.ts';
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
    gateway: mergeTables(istio.gateway, gatewayApi.gateway),
    serviceRoutes: { ...gatewayApi.serviceRoutes, ...istio.serviceRoutes },
  };
}
