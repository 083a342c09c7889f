/**
 * Resources in, snapshot out. Pure: the same resources always give the same snapshot, so that snapshots can be compared to see
 * whether anything changed for traffic.
 */
import type { Gateway, VirtualService } from '@hikyaku/resources';
import { compileClusters } from './clusters.ts';
import type { ServiceResources } from './clusters.ts';
import { compileProtection } from './compile-protection.ts';
import type { ProtectionResources } from './compile-protection.ts';
import { compileGatewayApi } from './gateway-api/compile.ts';
import { addGatewayApi } from './gateway-api/merge.ts';
import type { GatewayApiResources } from './gateway-api/resources.ts';
import { compilePeers } from './peers.ts';
import { compileServiceRoutes } from './service-routes.ts';
import type { Snapshot } from './snapshot.ts';
import { warnOfUnknownSubsets } from './subsets.ts';
import { compileVirtualHosts } from './virtual-hosts.ts';

/** Everything the mesh reads. */
export interface MeshResources extends ServiceResources, ProtectionResources {
  gateways: readonly Gateway[];
  virtualServices: readonly VirtualService[];
  /** Absent: none. */
  gatewayApi?: GatewayApiResources;
}

/** Never throws on resources that passed validation; what cannot be carried out is in `warnings`. */
export function compile(resources: MeshResources): Snapshot {
  const warnings = new Set<string>();
  const warn = (message: string) => void warnings.add(message);
  const { clusters, listeners } = compileClusters(resources, warn);
  const istio = {
    virtualHosts: compileVirtualHosts(resources, warn),
    serviceRoutes: compileServiceRoutes(resources, listeners, warn),
  };
  const { services, gatewayApi } = resources;
  const { virtualHosts, serviceRoutes } =
    gatewayApi === undefined ? istio : addGatewayApi(istio, compileGatewayApi(gatewayApi, { services, listeners }, warn), warn);
  warnOfUnknownSubsets(
    [...virtualHosts, ...Object.values(serviceRoutes).map((routes) => ({ routes }))].flatMap(({ routes }) => routes),
    clusters,
    warn,
  );
  const { protection, limitRoutes, admitting } = compileProtection(resources, clusters, warn);
  return {
    virtualHosts: limitRoutes(virtualHosts),
    serviceRoutes,
    clusters,
    services: admitting(listeners),
    peers: compilePeers(resources.pods),
    ...(protection && { protection }),
    warnings: [...warnings],
  };
}
