/**
 * Finds a kind by what a manifest or a URL says, with the names under which the API offers it (discovery, `kubectl get po`).
 * Which fields of a kind work is not said here but in `honoured/`.
 */
import type { Kind } from './client.ts';
import type { Resource } from './model.ts';
import {
  AuthorizationPolicies,
  ConfigMaps,
  Deployments,
  DestinationRules,
  ServiceEntries,
  EndpointSlices,
  EnvoyFilters,
  Events,
  GatewayClasses,
  Gateways,
  GRPCRoutes,
  HTTPRoutes,
  KubernetesGateways,
  Namespaces,
  PersistentVolumeClaims,
  Pods,
  ReferenceGrants,
  ReplicaSets,
  RequestAuthentications,
  Secrets,
  ServiceAccounts,
  Services,
  StatefulSets,
  Telemetries,
  VirtualServices,
} from './kinds.ts';

export type Subresource = 'status' | 'scale' | 'log';

/** A kind with everything API discovery tells about it. */
export interface KindInfo extends Kind {
  singular: string;
  shortNames: readonly string[];
  /** `kubectl get all` shows kinds of the category `all`. */
  categories: readonly string[];
  subresources: readonly Subresource[];
  /** Every version the API answers under; `version` is the one objects are stored in. The schemas of all of them are the same. */
  servedVersions: readonly string[];
}

const gatewayApi = { categories: ['gateway-api'], subresources: ['status'] } satisfies Partial<KindInfo>;

/** In dependency order: what a kind refers to comes before it, so applying a set in this order never meets a missing name. */
export const allKinds: readonly KindInfo[] = [
  offer(Namespaces, 'ns', { subresources: ['status'] }),
  offer(ConfigMaps, 'cm'),
  offer(Secrets),
  offer(ServiceAccounts, 'sa'),
  offer(PersistentVolumeClaims, 'pvc', { subresources: ['status'] }),
  offer(Services, 'svc', { categories: ['all'], subresources: ['status'] }),
  offer(Pods, 'po', { categories: ['all'], subresources: ['status', 'log'] }),
  offer(ReplicaSets, 'rs', { categories: ['all'], subresources: ['status', 'scale'] }),
  offer(StatefulSets, 'sts', { categories: ['all'], subresources: ['status', 'scale'] }),
  offer(Deployments, 'deploy', { categories: ['all'], subresources: ['status', 'scale'] }),
  offer(EndpointSlices),
  offer(Gateways, 'gw', { categories: ['istio-io', 'networking-istio-io'], servedVersions: ['v1', 'v1beta1', 'v1alpha3'] }),
  offer(ServiceEntries, 'se', {
    categories: ['istio-io', 'networking-istio-io'],
    servedVersions: ['v1', 'v1beta1', 'v1alpha3'],
  }),
  offer(DestinationRules, 'dr', {
    categories: ['istio-io', 'networking-istio-io'],
    servedVersions: ['v1', 'v1beta1', 'v1alpha3'],
  }),
  offer(VirtualServices, 'vs', {
    categories: ['istio-io', 'networking-istio-io'],
    servedVersions: ['v1', 'v1beta1', 'v1alpha3'],
  }),
  offer(Telemetries, undefined, { categories: ['istio-io', 'telemetry-istio-io'], servedVersions: ['v1', 'v1alpha1'] }),
  offer(GatewayClasses, 'gc', { ...gatewayApi, servedVersions: ['v1', 'v1beta1'] }),
  offer(KubernetesGateways, 'gtw', { ...gatewayApi, servedVersions: ['v1', 'v1beta1'] }),
  offer(ReferenceGrants, 'refgrant', { categories: ['gateway-api'], servedVersions: ['v1', 'v1beta1'] }),
  offer(HTTPRoutes, undefined, { ...gatewayApi, servedVersions: ['v1', 'v1beta1'] }),
  offer(GRPCRoutes, undefined, gatewayApi),
  offer(EnvoyFilters, undefined, { categories: ['istio-io', 'networking-istio-io'] }),
  offer(RequestAuthentications, 'ra', { categories: ['istio-io', 'security-istio-io'], servedVersions: ['v1', 'v1beta1'] }),
  offer(AuthorizationPolicies, 'ap', { categories: ['istio-io', 'security-istio-io'], servedVersions: ['v1', 'v1beta1'] }),
  offer(Events, 'ev'),
];

const firstOfName = new Map([...allKinds].reverse().map((kind) => [kind.kind, kind]));

const byGroupVersionKind = new Map(
  allKinds.flatMap((kind) => kind.servedVersions.map((version) => [`${apiVersionOf({ ...kind, version })}/${kind.kind}`, kind])),
);

/** The kind that `apiVersion` and `kind` of a manifest name, in whichever served version; undefined when hikyaku does not have it. */
export function kindOf(apiVersion: string, kind: string): KindInfo | undefined {
  return byGroupVersionKind.get(`${apiVersion}/${kind}`);
}

/**
 * The key of a kind in a table by kind: its name, and `Gateway.gateway.networking.k8s.io`, as kubectl writes it, for those that share their name with
 * a kind before them in `allKinds`.
 */
export function kindKey({ group, kind }: Pick<Kind, 'group' | 'kind'>): string {
  const first = firstOfName.get(kind);
  return first === undefined || first.group === group ? kind : `${kind}.${group}`;
}

/** The same for a resource. */
export function kindKeyOf({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): string {
  return kindKey({ group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '', kind });
}

/** `v1`, `apps/v1`: how a manifest writes group and version. */
export function apiVersionOf(kind: { group: string; version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

function offer(kind: Kind, shortName?: string, more: Partial<KindInfo> = {}): KindInfo {
  const shortNames = shortName === undefined ? [] : [shortName];
  return {
    singular: kind.kind.toLowerCase(),
    shortNames,
    categories: [],
    subresources: [],
    servedVersions: [kind.version],
    ...kind,
    ...more,
  };
}
