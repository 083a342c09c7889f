/**
 * The kinds hikyaku knows, typed. The interfaces come from `kubernetes-models` (generated from the Kubernetes OpenAPI
 * documents and Istio's CRDs). Istio's are served as v1, whose schema is the v1beta1 one these types were generated from. Our own are
 * DestinationRule in `destination-rule.ts`, ServiceEntry in `service-entry.ts`, VirtualService in `virtual-service.ts` and the Gateway
 * API's in `gateway-api.ts`.
 */
import type { IEnvoyFilter } from '@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter';
import type { IGateway } from '@kubernetes-models/istio/networking.istio.io/v1beta1/Gateway';
import type { IAuthorizationPolicy } from '@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy';
import type { IRequestAuthentication } from '@kubernetes-models/istio/security.istio.io/v1/RequestAuthentication';
import type { ITelemetry } from '@kubernetes-models/istio/telemetry.istio.io/v1alpha1/Telemetry';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IReplicaSet } from 'kubernetes-models/apps/v1/ReplicaSet';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IEndpointSlice } from 'kubernetes-models/discovery.k8s.io/v1/EndpointSlice';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IEvent } from 'kubernetes-models/v1/Event';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IPod } from 'kubernetes-models/v1/Pod';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { Kind } from './client.ts';
import type { DestinationRuleSpec } from './destination-rule.ts';
import type { GatewayClass, GRPCRoute, HTTPRoute, KubernetesGateway, ReferenceGrant } from './gateway-api.ts';
import type { ObjectMeta, Resource } from './model.ts';
import type { ServiceEntry } from './service-entry.ts';
import type { VirtualService } from './virtual-service.ts';

/** A generated interface with the metadata every stored object has. */
type Stored<T> = Omit<T, 'metadata'> & { apiVersion: string; kind: string; metadata: ObjectMeta };

export type Pod = Stored<IPod>;
export type Service = Stored<IService>;
export type ConfigMap = Stored<IConfigMap>;
export type Secret = Stored<ISecret>;
export type Namespace = Stored<INamespace>;
export type Event = Stored<IEvent>;
export type ServiceAccount = Stored<IServiceAccount>;
export type PersistentVolumeClaim = Stored<IPersistentVolumeClaim>;
export type Deployment = Stored<IDeployment>;
export type ReplicaSet = Stored<IReplicaSet>;
export type StatefulSet = Stored<IStatefulSet>;
export type EndpointSlice = Stored<IEndpointSlice>;
export type Gateway = Stored<IGateway>;
export type DestinationRule = Stored<{ spec?: DestinationRuleSpec }>;

/** What a policy is for. The generated types are of an older Istio; what they lack is added here, as the schemas have it. */
export interface PolicyTargets {
  selector?: { matchLabels?: Record<string, string> };
  targetRef?: PolicyTargetRef;
  targetRefs?: PolicyTargetRef[];
}

export interface PolicyTargetRef {
  group?: string;
  kind: string;
  name: string;
}

type WithSpec<T extends { spec?: unknown }, Spec> = Omit<Stored<T>, 'spec'> & {
  spec?: Omit<NonNullable<T['spec']>, keyof Spec> & Spec;
};
type WrittenJwtRule = NonNullable<NonNullable<IRequestAuthentication['spec']>['jwtRules']>[number];

export type EnvoyFilter = WithSpec<IEnvoyFilter, Pick<PolicyTargets, 'targetRefs'>>;
export type RequestAuthentication = WithSpec<
  IRequestAuthentication,
  PolicyTargets & { jwtRules?: (WrittenJwtRule & { fromCookies?: string[]; timeout?: string })[] }
>;
export type AuthorizationPolicy = WithSpec<IAuthorizationPolicy, PolicyTargets>;
export type Telemetry = WithSpec<Omit<ITelemetry, 'apiVersion'>, PolicyTargets>;

function kind<R extends Resource>(group: string, version: string, name: string, plural: string, namespaced = true): Kind<R> {
  return { group, version, kind: name, plural, namespaced };
}

export const Pods = kind<Pod>('', 'v1', 'Pod', 'pods');
export const Services = kind<Service>('', 'v1', 'Service', 'services');
export const ConfigMaps = kind<ConfigMap>('', 'v1', 'ConfigMap', 'configmaps');
export const Secrets = kind<Secret>('', 'v1', 'Secret', 'secrets');
export const Namespaces = kind<Namespace>('', 'v1', 'Namespace', 'namespaces', false);
export const Events = kind<Event>('', 'v1', 'Event', 'events');
export const ServiceAccounts = kind<ServiceAccount>('', 'v1', 'ServiceAccount', 'serviceaccounts');
export const PersistentVolumeClaims = kind<PersistentVolumeClaim>('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
export const Deployments = kind<Deployment>('apps', 'v1', 'Deployment', 'deployments');
export const ReplicaSets = kind<ReplicaSet>('apps', 'v1', 'ReplicaSet', 'replicasets');
export const StatefulSets = kind<StatefulSet>('apps', 'v1', 'StatefulSet', 'statefulsets');
export const EndpointSlices = kind<EndpointSlice>('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices');
export const Gateways = kind<Gateway>('networking.istio.io', 'v1', 'Gateway', 'gateways');
export const VirtualServices = kind<VirtualService>('networking.istio.io', 'v1', 'VirtualService', 'virtualservices');
export const ServiceEntries = kind<ServiceEntry>('networking.istio.io', 'v1', 'ServiceEntry', 'serviceentries');
export const DestinationRules = kind<DestinationRule>('networking.istio.io', 'v1', 'DestinationRule', 'destinationrules');
export const Telemetries = kind<Telemetry>('telemetry.istio.io', 'v1', 'Telemetry', 'telemetries');

const gatewayApiGroup = 'gateway.networking.k8s.io';

export const GatewayClasses = kind<GatewayClass>(gatewayApiGroup, 'v1', 'GatewayClass', 'gatewayclasses', false);
/** The Gateway API's; `Gateways` are Istio's. */
export const KubernetesGateways = kind<KubernetesGateway>(gatewayApiGroup, 'v1', 'Gateway', 'gateways');
export const ReferenceGrants = kind<ReferenceGrant>(gatewayApiGroup, 'v1', 'ReferenceGrant', 'referencegrants');
export const HTTPRoutes = kind<HTTPRoute>(gatewayApiGroup, 'v1', 'HTTPRoute', 'httproutes');
export const GRPCRoutes = kind<GRPCRoute>(gatewayApiGroup, 'v1', 'GRPCRoute', 'grpcroutes');
export const EnvoyFilters = kind<EnvoyFilter>('networking.istio.io', 'v1alpha3', 'EnvoyFilter', 'envoyfilters');
export const RequestAuthentications = kind<RequestAuthentication>(
  'security.istio.io',
  'v1',
  'RequestAuthentication',
  'requestauthentications',
);
export const AuthorizationPolicies = kind<AuthorizationPolicy>(
  'security.istio.io',
  'v1',
  'AuthorizationPolicy',
  'authorizationpolicies',
);
