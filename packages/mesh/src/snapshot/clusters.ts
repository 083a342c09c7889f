/**
 * Services and their EndpointSlices become clusters and listeners, DestinationRules give a Service more clusters: its subsets. Only ready
 * endpoints are kept: an endpoint that is not in the snapshot gets no new request.
 */
import type { EndpointSlice, Pod, Secret, Service, Subset } from '@hikyaku/resources';
import type { ClusterPolicies, LocalityPolicy } from './cluster-policies.ts';
import type { DestinationRules, MergedRule } from './destination-rules.ts';
import { placeFor } from './places.ts';
import { portProtocol } from './protocol.ts';
import type { Cluster, Endpoint, ServiceListener } from './snapshot.ts';
import { isInSubset } from './subsets.ts';
import { policiesOf } from './traffic-policy.ts';

/** Says on an EndpointSlice whose it is. */
export const serviceNameLabel = 'kubernetes.io/service-name';

export interface ServiceResources {
  services: readonly Service[];
  endpointSlices: readonly EndpointSlice[];
  /** Read for the labels that make subsets, and to say why a Service has no endpoint. */
  pods: readonly Pod[];
}

/** What DestinationRules say, and what they name. */
export interface RuleContext {
  rules: DestinationRules;
  /** By `namespace/name`. */
  secrets: ReadonlyMap<string, Secret>;
  warn: (message: string) => void;
}

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

/** How clusters are keyed in the snapshot. */
export function clusterKey(service: { name: string; namespace: string }, port: number, subset?: string): string {
  const key = `${service.name}.${service.namespace}:${port}`;
  return subset === undefined || subset === '' ? key : `${key}/${subset}`;
}

export function compileClusters(
  resources: ServiceResources,
  context: RuleContext,
): { clusters: Record<string, Cluster>; listeners: ServiceListener[] } {
  const slices = Map.groupBy(resources.endpointSlices, (slice) =>
    objectKey(slice.metadata.namespace, slice.metadata.labels?.[serviceNameLabel] ?? ''),
  );
  const pods = new Map(resources.pods.map((pod) => [objectKey(pod.metadata.namespace, pod.metadata.name), pod]));
  const clusters: Record<string, Cluster> = {};
  const listeners: ServiceListener[] = [];
  for (const service of resources.services) {
    const namespace = service.metadata.namespace ?? 'default';
    const own = slices.get(objectKey(namespace, service.metadata.name)) ?? [];
    const rule = context.rules.forService({ name: service.metadata.name, namespace });
    for (const port of tcpPorts(service)) {
      const key = clusterKey({ name: service.metadata.name, namespace }, port.port);
      for (const subset of [undefined, ...(rule?.subsets ?? [])]) {
        const named = { name: service.metadata.name, namespace };
        clusters[clusterKey(named, port.port, subset?.name)] = compileCluster({
          ...named,
          port,
          subset,
          rule,
          slices: own,
          pods,
          context,
        });
      }
      const address = service.spec?.clusterIP;
      if (address !== undefined && address !== '' && address !== 'None') {
        listeners.push({
          address,
          port: port.port,
          service: objectKey(namespace, service.metadata.name),
          cluster: key,
          protocol: portProtocol(port) === 'tcp' ? 'tcp' : 'http',
        });
      }
    }
  }
  return { clusters, listeners };
}

/** The ports of a Service that this mesh carries. */
export function tcpPorts(service: Service): ServicePort[] {
  return (service.spec?.ports ?? []).filter((port) => (port.protocol ?? 'TCP') === 'TCP');
}

interface ClusterParts {
  name: string;
  namespace: string;
  port: ServicePort;
  /** Undefined for the whole Service. */
  subset: Subset | undefined;
  rule: MergedRule | undefined;
  /** Of the whole Service. */
  slices: readonly EndpointSlice[];
  pods: ReadonlyMap<string, Pod>;
  context: RuleContext;
}

function compileCluster({ name, namespace, port, subset, rule, slices, pods, context }: ClusterParts): Cluster {
  const members = subset === undefined ? slices : slices.map((slice) => onlySubset(slice, subset, pods));
  const policies: ClusterPolicies = rule === undefined ? {} : policiesOf(rule, subset, port.port, context);
  const endpoints = members.flatMap((slice) => readyEndpoints(slice, port.name, { policy: policies.locality, pods }));
  const isPlaced = endpoints.some(({ locality, labels }) => locality !== undefined || labels !== undefined);
  const { locality, ...others } = policies;
  return {
    service: subset === undefined ? `${name}.${namespace}` : `${name}.${namespace} (subset ${subset.name})`,
    endpoints,
    ...(portProtocol(port) === 'http2' && { protocol: 'http2' }),
    ...others,
    // Where no endpoint says where it is, none is nearer than another.
    ...(locality && isPlaced && { locality }),
    ...(endpoints.length === 0 && { unavailable: whyNone(members, pods) }),
  };
}

/** An endpoint has the labels of its Pod. */
function onlySubset(slice: EndpointSlice, subset: Subset, pods: ReadonlyMap<string, Pod>): EndpointSlice {
  const { namespace } = slice.metadata;
  return { ...slice, endpoints: slice.endpoints.filter((endpoint) => isInSubset(subset, labelsOf(endpoint, namespace, pods))) };
}

function labelsOf(
  { targetRef }: EndpointSlice['endpoints'][number],
  namespace: string | undefined,
  pods: ReadonlyMap<string, Pod>,
): Record<string, string> {
  return pods.get(objectKey(namespace, targetRef?.name ?? ''))?.metadata.labels ?? {};
}

interface PlaceContext {
  policy: LocalityPolicy | undefined;
  pods: ReadonlyMap<string, Pod>;
}

function readyEndpoints(slice: EndpointSlice, portName: string | undefined, { policy, pods }: PlaceContext): Endpoint[] {
  const port = slice.ports?.find((candidate) => (candidate.name ?? '') === (portName ?? ''))?.port;
  if (port === undefined) return [];
  return slice.endpoints.filter(isReady).flatMap((endpoint) => {
    const place = policy && placeFor(policy, labelsOf(endpoint, slice.metadata.namespace, pods), endpoint.zone);
    return endpoint.addresses.map((address) => ({ address, port, ...place }));
  });
}

/** Absent means ready, as the EndpointSlice API says. */
function isReady(endpoint: EndpointSlice['endpoints'][number]): boolean {
  return endpoint.conditions?.ready !== false;
}

function whyNone(slices: readonly EndpointSlice[], pods: ReadonlyMap<string, Pod>): string {
  const endpoints = slices.flatMap((slice) =>
    slice.endpoints.map((endpoint) => ({ ...endpoint, namespace: slice.metadata.namespace })),
  );
  if (endpoints.length === 0) return 'no Pod matches its selector';
  if (endpoints.some(isReady)) return 'its Pods have no such port';
  const reasons = endpoints.flatMap(({ namespace, targetRef }) => {
    const pod = pods.get(objectKey(namespace, targetRef?.name ?? ''));
    return pod === undefined ? [] : [reasonOf(pod)];
  });
  return reasons.length > 0 ? [...new Set(reasons)].join('; ') : 'its Pods are not ready';
}

/** Why a Pod that is not ready is not. */
export function reasonOf(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return `${pod.metadata.name} is terminating`;
  const unready = pod.status?.conditions?.find(({ type, status }) => type === 'ContainersReady' && status !== 'True');
  return unready?.message ?? `${pod.metadata.name} is not ready`;
}

function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? 'default'}/${name}`;
}
