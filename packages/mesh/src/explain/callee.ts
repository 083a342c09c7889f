/**
 * Which Service address a call from inside a Pod arrives at: the name is looked up as the Pod would look it up.
 */
import { isLoopbackName } from '../routing/authority.ts';
import { clusterKey } from '../snapshot/clusters.ts';
import { covers, serviceOfHost } from '../snapshot/hosts.ts';
import type { ServiceListener, Snapshot } from '../snapshot/snapshot.ts';
import type { AskedHead } from './request.ts';

/** `detail` says why the call arrives at no address of the mesh. */
export type Callee = { listener: ServiceListener } | { detail: string };

export function findCallee({ host, port }: AskedHead, namespace: string, { services, clusters }: Snapshot): Callee {
  if (isLoopbackName(host)) return { detail: `${host} inside a Pod is the Pod itself, so the mesh does not see the call.` };
  const named = serviceOfHost(host, namespace);
  const key = named && clusterKey(named, port);
  const listener = services.find(
    ({ address, port: own, cluster }) => cluster === key || cluster === `${host}:${port}` || (address === host && own === port),
  );
  const reached = listener ?? byWildcard(host, port, services);
  if (reached !== undefined) return { listener: reached };
  if (key !== undefined && clusters[key] !== undefined) {
    return {
      detail: `${clusters[key].service} is headless: its name is the addresses of its Pods, which are called directly, past the mesh.`,
    };
  }
  const ports = services
    .filter(({ service }) => service === host || service === `${named?.namespace ?? ''}/${named?.name ?? ''}`)
    .map(({ port: known }) => known);
  if (ports.length > 0) return { detail: `The Service ${host} has no port ${port}; it has ${ports.join(', ')}.` };
  return { detail: `${host} is no Service that a Pod in namespace ${namespace} could mean, so the call leaves the mesh.` };
}

/** As names are looked up: the longest wildcard that covers it. */
function byWildcard(host: string, port: number, services: readonly ServiceListener[]): ServiceListener | undefined {
  return services
    .filter(({ service, port: own }) => service.startsWith('*') && own === port && covers(service, host))
    .sort((a, b) => b.service.length - a.service.length)[0];
}
