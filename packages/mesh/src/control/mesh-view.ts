/**
 * The kinds the mesh reads, out of whatever keeps them: a client asked once, or informers that follow. A kind that the mesh is to
 * know of is added here and nowhere else.
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
  Telemetries,
  VirtualServices,
} from '@hikyaku/resources';
import type { MeshResources } from '../snapshot/compile.ts';
import { gatewayApiView, type Open } from './gateway-api/view.ts';

/** Calls `open` for each kind, and resolves with a way to read what it gave. */
export async function meshView(open: Open): Promise<() => MeshResources> {
  const [routing, protection, gatewayApi] = await Promise.all([routingView(open), protectionView(open), gatewayApiView(open)]);
  return () => ({ ...routing(), ...protection(), gatewayApi: gatewayApi() });
}

async function routingView(open: Open) {
  const [services, endpointSlices, pods, gateways, virtualServices, destinationRules, telemetries, serviceEntries, secrets] =
    await Promise.all([
      open(Services),
      open(EndpointSlices),
      open(Pods),
      open(Gateways),
      open(VirtualServices),
      open(DestinationRules),
      open(Telemetries),
      open(ServiceEntries),
      open(Secrets),
    ]);
  return () => ({
    services: services(),
    endpointSlices: endpointSlices(),
    pods: pods(),
    gateways: gateways(),
    virtualServices: virtualServices(),
    destinationRules: destinationRules(),
    telemetries: telemetries(),
    serviceEntries: serviceEntries(),
    secrets: secrets(),
  });
}

async function protectionView(open: Open) {
  const [requestAuthentications, authorizationPolicies, envoyFilters, configMaps] = await Promise.all([
    open(RequestAuthentications),
    open(AuthorizationPolicies),
    open(EnvoyFilters),
    open(ConfigMaps),
  ]);
  return () => ({
    requestAuthentications: requestAuthentications(),
    authorizationPolicies: authorizationPolicies(),
    envoyFilters: envoyFilters(),
    configMaps: configMaps(),
  });
}
