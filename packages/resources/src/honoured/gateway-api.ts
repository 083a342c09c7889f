/** The Gateway API: GatewayClass, Gateway, ReferenceGrant, HTTPRoute and GRPCRoute. */
import { resource } from './support.ts';

// They are kept and served; the mesh does not route by them.
export const gatewayClass = resource({});
export const kubernetesGateway = resource({});
export const referenceGrant = resource({});
export const httpRoute = resource({});
export const grpcRoute = resource({});
