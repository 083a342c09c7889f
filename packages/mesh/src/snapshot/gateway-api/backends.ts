/**
 * Backends of routes resolved to clusters, as far as they may be referred to.
 */
import type { BackendReference, ReferenceGrant, Service } from '@hikyaku/resources';
import { clusterKey, tcpPorts } from '../clusters.ts';
import { isGranted } from './grants.ts';
import { namespaceOf } from './resources.ts';
import type { GatewayApiRoute, Problem } from './resources.ts';

export interface BackendContext {
  /** By `namespace/name`. */
  services: ReadonlyMap<string, Service>;
  /** By `namespace/name`. */
  referenceGrants: ReadonlyMap<string, ReferenceGrant>;
}

/** With a problem, the cluster is what messages call it and no request may go there. */
export interface ResolvedBackend {
  cluster: string;
  problem?: Problem;
}

export function resolveBackend(reference: BackendReference, route: GatewayApiRoute, context: BackendContext): ResolvedBackend {
  const { name, namespace = namespaceOf(route), port = 0 } = reference;
  const problem = problemOf(reference, namespace, route, context);
  return { cluster: clusterKey({ name, namespace }, port), ...(problem && { problem }) };
}

function problemOf(
  { group = '', kind = 'Service', name, port }: BackendReference,
  namespace: string,
  route: GatewayApiRoute,
  { services, referenceGrants }: BackendContext,
): Problem | undefined {
  if (group !== '' || kind !== 'Service')
    return {
      reason: 'InvalidKind',
      message: `${kind}${group === '' ? '' : `.${group}`} is no kind of backend here, only Service is`,
    };
  const from = { kind: route.kind, namespace: namespaceOf(route) };
  if (from.namespace !== namespace && !isGranted(referenceGrants.values(), from, { kind, namespace, name }))
    return {
      reason: 'RefNotPermitted',
      message: `no ReferenceGrant in namespace ${namespace} lets a ${route.kind} of namespace ${namespaceOf(route)} refer to Service ${name}`,
    };
  const service = services.get(`${namespace}/${name}`);
  if (service === undefined)
    return { reason: 'BackendNotFound', message: `there is no Service ${name} in namespace ${namespace}` };
  const ports = tcpPorts(service).map((own) => own.port);
  if (port === undefined || !ports.includes(port))
    return {
      reason: 'BackendNotFound',
      message: `Service ${name} has no TCP port ${port ?? '(none given)'}; it has ${ports.join(', ')}`,
    };
  return undefined;
}
