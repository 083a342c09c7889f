/** ReplicaSet: as many active Pods of the template as `spec.replicas` says. */
import { Pods, ReplicaSets, setCondition, type Pod, type ReplicaSet } from '@hikyaku/resources';
import { adoptOrphans } from './adoption.ts';
import { countPods, isActive, isReady, podFromTemplate } from './pods.ts';
import type { Cluster } from './runtime/cluster.ts';
import { controllerKeys, type Controller } from './runtime/controller.ts';
import type { ReconcileResult } from './runtime/work-queue.ts';

export function replicaSetController(cluster: Cluster): Controller {
  return {
    name: 'replica-set',
    kind: ReplicaSets,
    watches: [{ kind: Pods, keysFor: controllerKeys('ReplicaSet') }],
    reconcile: (key) => reconcile(cluster, key),
  };
}

async function reconcile(cluster: Cluster, key: string): Promise<ReconcileResult | undefined> {
  const replicaSet = cluster.cache(ReplicaSets).get(key);
  if (replicaSet === undefined) return undefined;
  try {
    if (replicaSet.metadata.deletionTimestamp === undefined) await scalePods(cluster, replicaSet);
  } catch (error) {
    await writeStatus(cluster, key, error instanceof Error ? error.message : String(error));
    throw error;
  }
  return writeStatus(cluster, key);
}

async function scalePods(cluster: Cluster, replicaSet: ReplicaSet): Promise<void> {
  await adoptOrphans(cluster, Pods, replicaSet);
  const active = cluster.cache(Pods).ownedBy(replicaSet.metadata.uid).filter(isActive);
  const missing = (replicaSet.spec?.replicas ?? 1) - active.length;
  for (let count = 0; count < missing; count++) await createPod(cluster, replicaSet);
  if (missing < 0)
    await Promise.all(
      active
        .sort(byDispensability)
        .slice(0, -missing)
        .map((pod) => deletePod(cluster, replicaSet, pod)),
    );
}

async function createPod(cluster: Cluster, replicaSet: ReplicaSet): Promise<void> {
  const pod = podFromTemplate(replicaSet, replicaSet.spec?.template, { generateName: `${replicaSet.metadata.name}-` });
  const created = await cluster.create(Pods, pod);
  cluster.recordEvent(replicaSet, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Created pod: ${created.metadata.name}`,
  });
}

async function deletePod(cluster: Cluster, replicaSet: ReplicaSet, pod: Pod): Promise<void> {
  await cluster.delete(Pods, pod);
  cluster.recordEvent(replicaSet, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
}

/** Who goes first when there are too many: not running before running, not ready before ready, cheap before dear, new before old. */
export function byDispensability(left: Pod, right: Pod): number {
  const ranks = [isBound, isRunning, isReady].map((is) => Number(is(left)) - Number(is(right)));
  const orders = [...ranks, deletionCost(left) - deletionCost(right), restarts(right) - restarts(left), age(left) - age(right)];
  return orders.find((order) => order !== 0) ?? left.metadata.name.localeCompare(right.metadata.name);
}

const isBound = ({ spec }: Pod) => spec?.nodeName !== undefined;
const isRunning = ({ status }: Pod) => status?.phase === 'Running';
const deletionCost = ({ metadata }: Pod) =>
  Number(metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0;
const restarts = ({ status }: Pod) => Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
/** Larger means older. Versions order Pods that were created within the same second only as far as they have not changed since. */
const age = ({ metadata }: Pod) => -Date.parse(metadata.creationTimestamp ?? '');

async function writeStatus(cluster: Cluster, key: string, failure?: string): Promise<ReconcileResult | undefined> {
  const replicaSet = cluster.cache(ReplicaSets).get(key);
  if (replicaSet === undefined) return undefined;
  const pods = cluster.cache(Pods).ownedBy(replicaSet.metadata.uid);
  const { active, ready, available, nextAvailableInMs } = countPods(pods, replicaSet.spec?.minReadySeconds ?? 0, Date.now());
  await cluster.writeStatus(ReplicaSets, replicaSet, {
    replicas: active,
    fullyLabeledReplicas: active,
    readyReplicas: ready,
    availableReplicas: available,
    observedGeneration: replicaSet.metadata.generation ?? 1,
    ...withFailure(replicaSet, failure),
  });
  return { requeueAfterMs: nextAvailableInMs };
}

/** `ReplicaFailure` is there only while Pods cannot be created. */
function withFailure({ status }: ReplicaSet, failure: string | undefined): Pick<NonNullable<ReplicaSet['status']>, 'conditions'> {
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure');
  if (failure === undefined) return others.length > 0 ? { conditions: others } : {};
  return {
    conditions: setCondition(status?.conditions, {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: failure,
    }),
  };
}
