/** For every kind, which of its fields hikyaku honours. docs/support.md is generated from here (`npm run docs:support`). */
import { gatewayClass, grpcRoute, httpRoute, kubernetesGateway, referenceGrant } from './gateway-api.ts';
import { container, pod, podSpec, podTemplate, probe, volumes } from './pod.ts';
import { authorizationPolicy, envoyFilter, requestAuthentication } from './policies.ts';
import { destinationRule, gateway, serviceEntry, virtualService } from './routing.ts';
import { endpointSlice, event, namespace, service, serviceAccount } from './services.ts';
import { configMap, persistentVolumeClaim, secret } from './storage.ts';
import type { Support } from './support.ts';
import { telemetry } from './telemetry.ts';
import { deployment, replicaSet, statefulSet } from './workloads.ts';

/** By `kindKey`. */
export const honouredKinds: Readonly<Record<string, Support>> = {
  Namespace: namespace,
  ConfigMap: configMap,
  Secret: secret,
  ServiceAccount: serviceAccount,
  PersistentVolumeClaim: persistentVolumeClaim,
  Pod: pod,
  Deployment: deployment,
  ReplicaSet: replicaSet,
  StatefulSet: statefulSet,
  Service: service,
  EndpointSlice: endpointSlice,
  Gateway: gateway,
  ServiceEntry: serviceEntry,
  DestinationRule: destinationRule,
  VirtualService: virtualService,
  Telemetry: telemetry,
  GatewayClass: gatewayClass,
  'Gateway.gateway.networking.k8s.io': kubernetesGateway,
  ReferenceGrant: referenceGrant,
  HTTPRoute: httpRoute,
  GRPCRoute: grpcRoute,
  EnvoyFilter: envoyFilter,
  RequestAuthentication: requestAuthentication,
  AuthorizationPolicy: authorizationPolicy,
  Event: event,
};

/** A group of fields that occurs in several places, described once. */
export interface SharedPart {
  support: Support;
  /** The heading it is described under, or, without `definition`, what to say of it in place. */
  name: string;
  /** Its schema. */
  definition?: string;
}

export const sharedParts: readonly SharedPart[] = [
  { support: podTemplate, name: 'a Pod spec with metadata' },
  { support: persistentVolumeClaim, name: 'like a PersistentVolumeClaim' },
  { support: podSpec, name: 'Pod spec', definition: 'core.v1.PodSpec' },
  { support: volumes, name: 'Volume', definition: 'core.v1.Volume' },
  { support: container, name: 'Container', definition: 'core.v1.Container' },
  { support: probe, name: 'Probe', definition: 'core.v1.Probe' },
];
