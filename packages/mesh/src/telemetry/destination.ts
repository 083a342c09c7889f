/**
 * Which service an edge leads to, read from the key of its cluster: `order-service.shop:8080/canary`.
 */

export interface DestinationService {
  /** The full host name. */
  host: string;
  name: string;
  namespace: string;
}

const unknown: DestinationService = { host: 'unknown', name: 'unknown', namespace: 'unknown' };

export function destinationService(cluster: string): DestinationService {
  const [, host = ''] = /^([^:/]+):/.exec(cluster) ?? [];
  const [name = '', namespace, ...rest] = host.split('.');
  if (name === '') return unknown;
  // A host outside the cluster (ServiceEntry) has no namespace of its own in its name.
  if (namespace === undefined || rest.length > 0) return { host, name: host, namespace: 'unknown' };
  return { host: `${host}.svc.cluster.local`, name, namespace };
}
