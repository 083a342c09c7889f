/**
 * Kubernetes' defaulting: what a field is taken for when the manifest does not say. The values are those of
 * https://kubernetes.io/docs/reference/kubernetes-api/ and of `pkg/apis/GROUP/v1/defaults.go` in Kubernetes.
 */
import type { Resource } from '../model.ts';
import { kindKey, kindOf } from '../registry.ts';
import { record, fill, type Fields } from './fill.ts';
import { defaultGateway, defaultGrpcRoute, defaultHttpRoute } from './gateway-api.ts';
import { defaultPodSpec } from './pod.ts';
import { defaultSecret } from './secret.ts';
import { defaultService } from './service.ts';
import { defaultDeployment, defaultReplicaSet, defaultStatefulSet } from './workload.ts';

/** By `kindKey`. Each changes the resource, a private copy, in place. */
const defaulters: Record<string, (resource: Fields) => void> = {
  Pod: (pod) => defaultPodSpec(record(pod, 'spec')),
  Service: (service) => defaultService(record(service, 'spec')),
  Secret: defaultSecret,
  Deployment: (deployment) => defaultDeployment(record(deployment, 'spec')),
  ReplicaSet: (replicaSet) => defaultReplicaSet(record(replicaSet, 'spec')),
  StatefulSet: (statefulSet) => defaultStatefulSet(record(statefulSet, 'spec')),
  PersistentVolumeClaim: (claim) => fill(record(claim, 'spec'), { volumeMode: 'Filesystem' }),
  'Gateway.gateway.networking.k8s.io': (gateway) => defaultGateway(record(gateway, 'spec')),
  HTTPRoute: (route) => defaultHttpRoute(record(route, 'spec')),
  GRPCRoute: (route) => defaultGrpcRoute(record(route, 'spec')),
  EndpointSlice: (slice) => fill(slice, { endpoints: [] }),
  Namespace: (namespace) => fill(namespace, { status: { phase: 'Active' } }),
};

/**
 * A copy with every default filled in and without members that are null. Expects a resource without mistakes; filling in twice changes nothing.
 * A Secret's stringData becomes data, as in Kubernetes.
 */
export function withDefaults<R extends Resource>(resource: R): R {
  const copy = withoutNulls(resource);
  const kind = kindOf(copy.apiVersion, copy.kind);
  if (kind?.namespaced === true) copy.metadata.namespace ??= 'default';
  if (kind !== undefined) defaulters[kindKey(kind)]?.(copy as unknown as Fields);
  return copy;
}

/** In a manifest, as in the Kubernetes API, null is another way to leave a member out. */
export function withoutNulls<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) => member ?? undefined) as T;
}
