/**
 * Service → EndpointSlice: the addresses behind a Service, with which of them may get traffic. A Pod that is asked to go is not
 * ready from that moment on, long before its processes end, so nobody is sent to a closing door.
 */
import { createHash } from 'node:crypto';
import { EndpointSlices, Pods, Services, matchesSelector, type EndpointSlice, type Pod, type Service } from '@hikyaku/resources';
import { canonicalJson, isSameJson } from '../json.ts';
import { controllerReference, isReady, isServing } from './pods.ts';
import type { Cluster } from './runtime/cluster.ts';
import { controllerKeys, type Controller } from './runtime/controller.ts';
import { keyOf } from './runtime/resource-cache.ts';

type Endpoint = EndpointSlice['endpoints'][number];
type EndpointPort = NonNullable<EndpointSlice['ports']>[number];

const managedBy = 'endpointslice-controller.k8s.io';
/** Kubernetes' limit for one slice. */
const endpointsPerSlice = 1000;

export function endpointSliceController(cluster: Cluster): Controller {
  return {
    name: 'endpoint-slice',
    kind: Services,
    watches: [
      { kind: Pods, keysFor: (pod) => servicesOf(cluster, pod) },
      { kind: EndpointSlices, keysFor: controllerKeys('Service') },
    ],
    reconcile: (key) => reconcile(cluster, key),
  };
}

function servicesOf(cluster: Cluster, { metadata }: { metadata: Pod['metadata'] }): string[] {
  const services = cluster.cache(Services).list(metadata.namespace);
  return services.filter((service) => selects(service, metadata.labels)).map(keyOf);
}

/** A Service without a selector has its EndpointSlices from somebody else. */
function selects({ spec }: Service, labels: Record<string, string> | undefined): boolean {
  return spec?.selector !== undefined && spec.type !== 'ExternalName' && matchesSelector({ matchLabels: spec.selector }, labels);
}

async function reconcile(cluster: Cluster, key: string): Promise<undefined> {
  const service = cluster.cache(Services).get(key);
  if (service === undefined || service.metadata.deletionTimestamp !== undefined) return;
  const wanted =
    service.spec?.selector === undefined ? [] : slicesFor(service, cluster.cache(Pods).list(service.metadata.namespace));
  const existing = cluster.cache(EndpointSlices).ownedBy(service.metadata.uid);
  for (const slice of wanted)
    await writeSlice(
      cluster,
      slice,
      existing.find(({ metadata }) => metadata.name === slice.metadata.name),
    );
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const slice of existing) if (!names.has(slice.metadata.name)) await cluster.delete(EndpointSlices, slice);
}

async function writeSlice(cluster: Cluster, slice: EndpointSlice, existing: EndpointSlice | undefined): Promise<void> {
  if (existing === undefined) await cluster.create(EndpointSlices, slice);
  else if (!isSameJson(contentOf(existing), contentOf(slice))) {
    await cluster.update(EndpointSlices, { ...slice, metadata: { ...existing.metadata, labels: slice.metadata.labels ?? {} } });
  }
}

function contentOf({ metadata, endpoints, ports }: EndpointSlice): unknown {
  return { labels: metadata.labels, endpoints, ports };
}

/** One slice for each set of port numbers, as Pods may call different numbers by the same port name; an empty one when there are no Pods. */
export function slicesFor(service: Service, pods: Pod[]): EndpointSlice[] {
  const groups = new Map<string, SliceContent>();
  for (const pod of pods.filter((candidate) => isBehind(service, candidate)).sort(byName)) {
    const ports = portsOn(service, pod);
    const group = groups.get(canonicalJson(ports)) ?? { ports, endpoints: [] };
    groups.set(canonicalJson(ports), group);
    group.endpoints.push(endpointFor(service, pod));
  }
  const chunks = [...groups.values()].flatMap(inChunks);
  return (chunks.length > 0 ? chunks : [{ ports: [], endpoints: [] }]).map((content, index) => sliceOf(service, content, index));
}

interface SliceContent {
  ports: EndpointPort[];
  endpoints: Endpoint[];
}

/** Names depend on the position only, so that a slice keeps its name while Pods come and go. */
function sliceOf(service: Service, content: SliceContent, index: number): EndpointSlice {
  const { name, namespace = 'default', labels } = service.metadata;
  const suffix = createHash('sha256').update(`${name}/${index}`).digest('hex').slice(0, 5);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${suffix}`,
      namespace,
      labels: { ...labels, 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': managedBy },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    ...content,
  };
}

function endpointFor(service: Service, pod: Pod): Endpoint {
  const { name, namespace = 'default', uid = '' } = pod.metadata;
  const hostname = pod.spec?.subdomain === service.metadata.name ? pod.spec.hostname : undefined;
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: isReady(pod) || service.spec?.publishNotReadyAddresses === true,
      serving: isServing(pod),
      terminating: pod.metadata.deletionTimestamp !== undefined,
    },
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(pod.spec?.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
    ...(hostname !== undefined && { hostname }),
  };
}

/** The numbers behind the Service's ports on this Pod; a port name that the Pod does not have has none. */
function portsOn({ spec }: Service, pod: Pod): EndpointPort[] {
  return (spec?.ports ?? []).flatMap(({ name = '', port, protocol = 'TCP', targetPort = port, appProtocol }) => {
    const number = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort, protocol);
    return number === undefined ? [] : [{ name, port: number, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function namedPort({ spec }: Pod, name: string, protocol: string): number | undefined {
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

function isBehind(service: Service, pod: Pod): boolean {
  const hasEnded = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return selects(service, pod.metadata.labels) && nonEmpty(pod.status?.podIP) && !hasEnded;
}

function inChunks({ ports, endpoints }: SliceContent): SliceContent[] {
  const starts = Array.from({ length: Math.ceil(endpoints.length / endpointsPerSlice) }, (_, index) => index * endpointsPerSlice);
  return starts.map((start) => ({ ports, endpoints: endpoints.slice(start, start + endpointsPerSlice) }));
}

function byName(left: Pod, right: Pod): number {
  return left.metadata.name.localeCompare(right.metadata.name);
}

function nonEmpty(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}
