/**
 * Host names as Istio reads them: short names of Services, and the wildcard domains of Gateways and VirtualServices.
 */

export const clusterDomain = 'svc.cluster.local';

/** A Service named by a destination host, or undefined when the host names no Service of this cluster. */
export function serviceOfHost(host: string, namespace: string): { name: string; namespace: string } | undefined {
  const [name, ownNamespace, ...domain] = host.split('.');
  if (name === undefined || name === '') return undefined;
  if (ownNamespace === undefined) return { name, namespace };
  // Istio expands only names without a dot; `name.namespace` is what DNS would accept and people write.
  const isClusterName = domain.length === 0 || domain.join('.') === 'svc' || domain.join('.') === clusterDomain;
  return isClusterName ? { name, namespace: ownNamespace } : undefined;
}

/**
 * The domain that both a Gateway server's host and a VirtualService's host cover: the narrower of the two, or undefined when
 * they have nothing in common. Either may be exact, `*.suffix` or `*`.
 */
export function intersectHosts(gatewayHost: string, routeHost: string): string | undefined {
  if (covers(gatewayHost, routeHost)) return routeHost;
  if (covers(routeHost, gatewayHost)) return gatewayHost;
  return undefined;
}

/** Whether every name that `narrow` stands for is one that `wide` stands for. */
export function covers(wide: string, narrow: string): boolean {
  if (wide === '*' || wide === narrow) return true;
  return wide.startsWith('*.') && narrow.endsWith(wide.slice(1)) && narrow.length > wide.length - 1;
}
