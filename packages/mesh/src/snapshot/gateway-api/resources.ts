/**
 * The resources of the Gateway API as this folder reads them, and what all its files say to each other.
 */
import type {
  FieldPath,
  GatewayClass,
  GRPCRoute,
  HTTPRoute,
  KubernetesGateway,
  Namespace,
  ReferenceGrant,
} from '@hikyaku/resources';

export interface GatewayApiResources {
  gatewayClasses: readonly GatewayClass[];
  gateways: readonly KubernetesGateway[];
  httpRoutes: readonly HTTPRoute[];
  grpcRoutes: readonly GRPCRoute[];
  referenceGrants: readonly ReferenceGrant[];
  /** Read for the labels that listeners select them by. */
  namespaces: readonly Namespace[];
}

export type GatewayApiRoute = HTTPRoute | GRPCRoute;

export const gatewayApiGroup = 'gateway.networking.k8s.io';

/** Why something does not hold: `reason` is the Gateway API's own word for it, `message` a clause for people. */
export interface Problem {
  reason: string;
  message: string;
}

/** A problem of a part of a route; the rest of the route holds. */
export interface RouteFinding extends Problem {
  /** The condition in the route's status that says it. */
  condition: 'ResolvedRefs' | 'PartiallyInvalid';
  segments: FieldPath;
}

export function routesOf({ httpRoutes, grpcRoutes }: GatewayApiResources): GatewayApiRoute[] {
  return [...httpRoutes, ...grpcRoutes];
}

export function isGrpcRoute(route: GatewayApiRoute): route is GRPCRoute {
  return route.kind === 'GRPCRoute';
}

export function namespaceOf({ metadata }: { metadata: { namespace?: string } }): string {
  return metadata.namespace ?? 'default';
}
