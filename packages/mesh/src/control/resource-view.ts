/**
 * The resources the mesh reads, as they are now, kept by list and watch.
 */
import { DestinationRules, EndpointSlices, Gateways, Pods, Services, startInformer, VirtualServices } from '@hikyaku/resources';
import type { ResourceClient } from '@hikyaku/resources';
import type { MeshResources } from '../snapshot/compile.ts';

export interface FollowOptions {
  client: ResourceClient;
  signal: AbortSignal;
  /** Called with a way to read the present resources: first when all have been read once, then after every change. */
  onChange: (read: () => MeshResources) => void;
}

/** Resolves when all have been read once; goes on following until the signal aborts. */
export async function followResources({ client, signal, onChange }: FollowOptions): Promise<void> {
  const [services, endpointSlices, pods, gateways, virtualServices, destinationRules] = await Promise.all([
    startInformer(client, Services, signal),
    startInformer(client, EndpointSlices, signal),
    startInformer(client, Pods, signal),
    startInformer(client, Gateways, signal),
    startInformer(client, VirtualServices, signal),
    startInformer(client, DestinationRules, signal),
  ]);
  const read = (): MeshResources => ({
    services: services.list(),
    endpointSlices: endpointSlices.list(),
    pods: pods.list(),
    gateways: gateways.list(),
    virtualServices: virtualServices.list(),
    destinationRules: destinationRules.list(),
  });
  for (const informer of [services, endpointSlices, pods, gateways, virtualServices, destinationRules]) {
    informer.onChange(() => onChange(read));
  }
  onChange(read);
}
