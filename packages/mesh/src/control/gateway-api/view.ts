/**
 * The resources of the Gateway API out of whatever keeps them: a client asked once, or informers that follow.
 */
import { GatewayClasses, GRPCRoutes, HTTPRoutes, KubernetesGateways, Namespaces, ReferenceGrants } from '@hikyaku/resources';
import type { Kind, Resource } from '@hikyaku/resources';
import type { GatewayApiResources } from '../../snapshot/gateway-api/resources.ts';

/** Gives a way to read the resources of a kind, as they are whenever it is called. */
export type Open = <R extends Resource>(kind: Kind<R>) => Promise<() => readonly R[]>;

/** Calls `open` for each kind, and resolves with a way to read what it gave. */
export async function gatewayApiView(open: Open): Promise<() => GatewayApiResources> {
  const [gatewayClasses, gateways, httpRoutes, grpcRoutes, referenceGrants, namespaces] = await Promise.all([
    open(GatewayClasses),
    open(KubernetesGateways),
    open(HTTPRoutes),
    open(GRPCRoutes),
    open(ReferenceGrants),
    open(Namespaces),
  ]);
  return () => ({
    gatewayClasses: gatewayClasses(),
    gateways: gateways(),
    httpRoutes: httpRoutes(),
    grpcRoutes: grpcRoutes(),
    referenceGrants: referenceGrants(),
    namespaces: namespaces(),
  });
}
