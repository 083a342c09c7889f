/**
 * The resources the mesh reads, as they are now, kept by list and watch.
 */
import {
  AuthorizationPolicies,
  ConfigMaps,
  DestinationRules,
  EndpointSlices,
  EnvoyFilters,
  Gateways,
  Pods,
  RequestAuthentications,
  Secrets,
  ServiceEntries,
  Services,
  startInformer,
  Telemetries,
  VirtualServices,
} from '@hikyaku/resources';
import { gatewayApiView } from './gateway-api/view.ts';
import type { Informer, Kind, Resource, ResourceClient } from '@hikyaku/resources';
import { share } from '../snapshot/diff.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import { nameOf } from '../snapshot/names.ts';

export interface FollowOptions {
  client: ResourceClient;
  signal: AbortSignal;
  /** Called with a way to read the present resources: first when all have been read once, then after every change. */
  onChange: (read: () => MeshResources) => void;
}

/** Resolves when all have been read once; goes on following until the signal aborts. */
export async function followResources({ client, signal, onChange }: FollowOptions): Promise<void> {
  const [routing, protection, gatewayApi] = await Promise.all([
    followRouting(client, signal),
    followProtection(client, signal),
    followGatewayApi(client, signal),
  ]);
  const read = (): MeshResources => ({ ...routing.read(), ...protection.read(), gatewayApi: gatewayApi.read() });
  for (const informer of [...routing.informers, ...protection.informers, ...gatewayApi.informers])
    informer.onChange(() => onChange(read));
  onChange(read);
}

async function followRouting(client: ResourceClient, signal: AbortSignal) {
  const [services, endpointSlices, pods, gateways, virtualServices, destinationRules, telemetries, serviceEntries, secrets] =
    await Promise.all([
      startSharing(client, Services, signal),
      startSharing(client, EndpointSlices, signal),
      startSharing(client, Pods, signal),
      startSharing(client, Gateways, signal),
      startSharing(client, VirtualServices, signal),
      startSharing(client, DestinationRules, signal),
      startSharing(client, Telemetries, signal),
      startSharing(client, ServiceEntries, signal),
      startSharing(client, Secrets, signal),
    ]);
  return {
    informers: [
      services,
      endpointSlices,
      pods,
      gateways,
      virtualServices,
      destinationRules,
      telemetries,
      serviceEntries,
      secrets,
    ],
    read: () => ({
      services: services.list(),
      endpointSlices: endpointSlices.list(),
      pods: pods.list(),
      gateways: gateways.list(),
      virtualServices: virtualServices.list(),
      destinationRules: destinationRules.list(),
      telemetries: telemetries.list(),
      serviceEntries: serviceEntries.list(),
      secrets: secrets.list(),
    }),
  };
}

async function followProtection(client: ResourceClient, signal: AbortSignal) {
  const [requestAuthentications, authorizationPolicies, envoyFilters, configMaps] = await Promise.all([
    startSharing(client, RequestAuthentications, signal),
    startSharing(client, AuthorizationPolicies, signal),
    startSharing(client, EnvoyFilters, signal),
    startSharing(client, ConfigMaps, signal),
  ]);
  return {
    informers: [requestAuthentications, authorizationPolicies, envoyFilters, configMaps],
    read: () => ({
      requestAuthentications: requestAuthentications.list(),
      authorizationPolicies: authorizationPolicies.list(),
      envoyFilters: envoyFilters.list(),
      configMaps: configMaps.list(),
    }),
  };
}

async function followGatewayApi(client: ResourceClient, signal: AbortSignal) {
  const informers: { onChange: (callback: () => void) => unknown }[] = [];
  const read = await gatewayApiView(async (kind) => {
    const informer = await startSharing(client, kind, signal);
    informers.push(informer);
    return () => informer.list();
  });
  return { informers, read };
}

/** An informer whose changed objects keep the parts that did not change: what was compiled of these still holds. */
async function startSharing<R extends Resource>(
  client: ResourceClient,
  kind: Kind<R>,
  signal: AbortSignal,
): Promise<Pick<Informer<R>, 'list' | 'onChange'>> {
  const informer = await startInformer(client, kind, signal);
  const objects = new Map(informer.list().map((object) => [nameOf(object), object]));
  informer.onChange((object, type) => {
    const name = nameOf(object);
    const before = objects.get(name);
    if (type === 'DELETED') objects.delete(name);
    else objects.set(name, before === undefined ? object : share(before, object));
  });
  return { list: () => [...objects.values()], onChange: (callback) => informer.onChange(callback) };
}
