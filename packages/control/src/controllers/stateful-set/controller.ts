/** StatefulSet: Pods with names and storage that last, brought up, updated and taken down in order. */
import {
  PersistentVolumeClaims,
  Pods,
  ResourceError,
  StatefulSets,
  type Pod,
  type Resource,
  type StatefulSet,
} from '@hikyaku/resources';
import { adoptOrphans } from '../adoption.ts';
import { availableInMs, countPods, isActive, isControlledBy } from '../pods.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { controllerKeys, type Controller } from '../runtime/controller.ts';
import type { ReconcileResult } from '../runtime/work-queue.ts';
import { planStatefulSet } from './plan.ts';
import { newClaims, newPod, podRevision, revisionOf } from './pods.ts';

export function statefulSetController(cluster: Cluster): Controller {
  return {
    name: 'stateful-set',
    kind: StatefulSets,
    watches: [{ kind: Pods, keysFor: keysForPod }],
    reconcile: (key) => reconcile(cluster, key),
  };
}

/** Of a Pod that is somebody else's, too: while it is there, the StatefulSet cannot have one of that name. */
export function keysForPod(pod: Resource): string[] {
  const { namespace = '', name } = pod.metadata;
  const [, namesake] = /^(.+)-\d+$/.exec(name) ?? [];
  return [...controllerKeys('StatefulSet')(pod), ...(namesake === undefined ? [] : [`${namespace}/${namesake}`])];
}

async function reconcile(cluster: Cluster, key: string): Promise<ReconcileResult | undefined> {
  const statefulSet = cluster.cache(StatefulSets).get(key);
  if (statefulSet === undefined || statefulSet.metadata.deletionTimestamp !== undefined) return undefined;
  await adoptOrphans(cluster, Pods, statefulSet);
  const pods = cluster.cache(Pods).ownedBy(statefulSet.metadata.uid);
  const minReadySeconds = statefulSet.spec?.minReadySeconds ?? 0;
  const plan = planStatefulSet(statefulSet, pods, (pod) => availableInMs(pod, minReadySeconds, Date.now()) === 0);
  for (const pod of plan.delete) await deletePod(cluster, statefulSet, pod);
  for (const ordinal of plan.create) await createPod(cluster, statefulSet, ordinal);
  return writeStatus(cluster, key);
}

async function createPod(cluster: Cluster, statefulSet: StatefulSet, ordinal: number): Promise<void> {
  for (const claim of newClaims(statefulSet, ordinal)) {
    const key = `${claim.metadata.namespace ?? ''}/${claim.metadata.name}`;
    if (cluster.cache(PersistentVolumeClaims).get(key) === undefined) await cluster.create(PersistentVolumeClaims, claim);
  }
  const pod = newPod(statefulSet, ordinal);
  const stranger = cluster.cache(Pods).get(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`);
  if (stranger !== undefined && !isControlledBy(stranger, statefulSet)) {
    throw new ResourceError(
      'AlreadyExists',
      `Pod ${pod.metadata.name} exists and belongs to somebody else; it has to go before this one can be created`,
    );
  }
  await cluster.create(Pods, pod);
  const message = `create Pod ${pod.metadata.name} in StatefulSet ${statefulSet.metadata.name} successful`;
  cluster.recordEvent(statefulSet, { type: 'Normal', reason: 'SuccessfulCreate', message });
}

async function deletePod(cluster: Cluster, statefulSet: StatefulSet, pod: Pod): Promise<void> {
  await cluster.delete(Pods, pod);
  const message = `delete Pod ${pod.metadata.name} in StatefulSet ${statefulSet.metadata.name} successful`;
  cluster.recordEvent(statefulSet, { type: 'Normal', reason: 'SuccessfulDelete', message });
}

async function writeStatus(cluster: Cluster, key: string): Promise<ReconcileResult | undefined> {
  const statefulSet = cluster.cache(StatefulSets).get(key);
  if (statefulSet === undefined) return undefined;
  const pods = cluster.cache(Pods).ownedBy(statefulSet.metadata.uid);
  const updateRevision = revisionOf(statefulSet);
  const { active, ready, available, nextAvailableInMs } = countPods(pods, statefulSet.spec?.minReadySeconds ?? 0, Date.now());
  const updated = pods.filter((pod) => isActive(pod) && podRevision(pod) === updateRevision).length;
  const isUpdated = updated === pods.length && updated === (statefulSet.spec?.replicas ?? 1) && available === updated;
  const currentRevision = isUpdated ? updateRevision : (statefulSet.status?.currentRevision ?? updateRevision);
  await cluster.writeStatus(StatefulSets, statefulSet, {
    observedGeneration: statefulSet.metadata.generation ?? 1,
    replicas: active,
    readyReplicas: ready,
    availableReplicas: available,
    currentReplicas: pods.filter((pod) => isActive(pod) && podRevision(pod) === currentRevision).length,
    updatedReplicas: updated,
    currentRevision,
    updateRevision,
    collisionCount: 0,
  });
  return { requeueAfterMs: nextAvailableInMs };
}
