/** What the workload controllers need to know about Pods: which count, which can take traffic, and how one is made from a template. */
import type { Pod, Resource } from '@hikyaku/resources';
import { omit } from '../json.ts';

export type PodTemplate =
  NonNullable<Pod['spec']> extends infer Spec ? { metadata?: Partial<Pod['metadata']>; spec?: Spec } : never;

/** Neither on its way out nor finished. */
export function isActive({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** Ready, and not asked to go. */
export function isReady(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && isServing(pod);
}

/** Answers its readiness probe, whether or not it has been asked to go. */
export function isServing({ status }: Pod): boolean {
  return readyCondition(status)?.status === 'True';
}

/** Milliseconds until the Pod counts as available (ready for `minReadySeconds`): 0 when it does, undefined when it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const readySinceMs = Date.parse(readyCondition(pod.status)?.lastTransitionTime ?? '');
  return Number.isNaN(readySinceMs) ? minReadySeconds * 1000 : Math.max(0, readySinceMs + minReadySeconds * 1000 - nowMs);
}

export interface PodCounts {
  active: number;
  ready: number;
  available: number;
  /** When the next ready Pod becomes available; absent when none is waiting for that. */
  nextAvailableInMs?: number;
}

export function countPods(pods: Pod[], minReadySeconds: number, nowMs: number): PodCounts {
  const active = pods.filter(isActive);
  const waits = active.flatMap((pod) => availableInMs(pod, minReadySeconds, nowMs) ?? []);
  const pending = waits.filter((waitMs) => waitMs > 0);
  return {
    active: active.length,
    ready: waits.length,
    available: waits.length - pending.length,
    ...(pending.length > 0 && { nextAvailableInMs: Math.min(...pending) }),
  };
}

/** A Pod of this template that `owner` controls. `identity` is its name, or a `generateName`, and the labels that are its own. */
export function podFromTemplate(
  owner: Resource,
  template: PodTemplate | undefined,
  identity: { name?: string; generateName?: string; labels?: Record<string, string> },
): Pod {
  const metadata = omit(
    template?.metadata ?? {},
    'name',
    'generateName',
    'ownerReferences',
    'uid',
    'resourceVersion',
    'creationTimestamp',
  );
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      // With a generateName the API makes the name.
      name: identity.name ?? '',
      ...(identity.generateName !== undefined && { generateName: identity.generateName }),
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...metadata.labels, ...identity.labels },
      ownerReferences: [controllerReference(owner)],
    },
    ...(template?.spec !== undefined && { spec: template.spec }),
  };
}

export function controllerReference({ apiVersion, kind, metadata }: Resource) {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

export function isControlledBy({ metadata }: Resource, owner: Resource): boolean {
  return metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.metadata.uid) ?? false;
}

function readyCondition(status: Pod['status']) {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}
