/** Deployment: brings the Pods of its template up and those of earlier templates down, through ReplicaSets. */
import { Deployments, Pods, ReplicaSets, type Deployment, type ReplicaSet } from '@hikyaku/resources';
import { isSameJson } from '../../json.ts';
import { adoptOrphans } from '../adoption.ts';
import { countPods } from '../pods.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { controllerKeys, type Controller } from '../runtime/controller.ts';
import type { ReconcileResult } from '../runtime/work-queue.ts';
import { annotationsFor, newReplicaSet, nextRevision, revisionAnnotation, revisionOf, sortReplicaSets } from './replica-sets.ts';
import { planPaused, planRecreate, planRollingUpdate, rolloutBounds, type ReplicaCount, type RolloutBounds } from './rollout.ts';
import { deploymentStatus } from './status.ts';

export function deploymentController(cluster: Cluster): Controller {
  const replicaSetKeys = controllerKeys('ReplicaSet');
  const deploymentKeys = controllerKeys('Deployment');
  return {
    name: 'deployment',
    kind: Deployments,
    watches: [
      { kind: ReplicaSets, keysFor: deploymentKeys },
      // A rollout counts Pods itself, as the numbers in a ReplicaSet's status may be a moment behind.
      { kind: Pods, keysFor: (pod) => replicaSetKeys(pod).flatMap((key) => deploymentsOf(cluster, key, deploymentKeys)) },
    ],
    reconcile: (key) => reconcile(cluster, key),
  };
}

function deploymentsOf(cluster: Cluster, replicaSetKey: string, deploymentKeys: (replicaSet: ReplicaSet) => string[]): string[] {
  const replicaSet = cluster.cache(ReplicaSets).get(replicaSetKey);
  return replicaSet === undefined ? [] : deploymentKeys(replicaSet);
}

async function reconcile(cluster: Cluster, key: string): Promise<ReconcileResult | undefined> {
  const deployment = cluster.cache(Deployments).get(key);
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
  await adoptOrphans(cluster, ReplicaSets, deployment);
  const bounds = rolloutBounds(deployment);
  const { current, isNew } = await ensureCurrent(cluster, deployment);
  await scale(cluster, deployment, bounds, current);
  await deleteOldReplicaSets(cluster, deployment);
  return writeStatus(cluster, key, bounds, { name: current?.metadata.name ?? '', isNew });
}

/** Makes sure the ReplicaSet of the current template exists and is the one with the highest revision. A paused Deployment gets no new one. */
async function ensureCurrent(
  cluster: Cluster,
  deployment: Deployment,
): Promise<{ current: ReplicaSet | undefined; isNew: boolean }> {
  const sets = sortReplicaSets(deployment, ownedReplicaSets(cluster, deployment));
  if (deployment.spec?.paused === true && sets.current === undefined) return { current: sets.old.at(-1), isNew: false };
  const revision = nextRevision(sets);
  const current =
    sets.current === undefined
      ? await createReplicaSet(cluster, deployment, revision, sets.old.length === 0)
      : await adjustReplicaSet(cluster, deployment, sets.current, revision);
  await markRevision(cluster, deployment, revision);
  return { current, isNew: sets.current === undefined };
}

/** Starts with all replicas when there is nothing to roll over from, so a first start is one step and not two. */
async function createReplicaSet(
  cluster: Cluster,
  deployment: Deployment,
  revision: number,
  isFirst: boolean,
): Promise<ReplicaSet> {
  const replicas = isFirst ? (deployment.spec?.replicas ?? 1) : 0;
  const created = await cluster.create(ReplicaSets, newReplicaSet(deployment, revision, replicas));
  const message = `Scaled up replica set ${created.metadata.name} to ${replicas}`;
  if (replicas > 0) cluster.recordEvent(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message });
  return created;
}

async function adjustReplicaSet(
  cluster: Cluster,
  deployment: Deployment,
  replicaSet: ReplicaSet,
  revision: number,
): Promise<ReplicaSet> {
  const { metadata, spec } = replicaSet;
  const annotations = annotationsFor(deployment, revision);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  if (spec === undefined || (isSameJson(annotations, metadata.annotations) && minReadySeconds === (spec.minReadySeconds ?? 0)))
    return replicaSet;
  return cluster.update(ReplicaSets, {
    ...replicaSet,
    metadata: { ...metadata, annotations },
    spec: { ...spec, minReadySeconds },
  });
}

async function markRevision(cluster: Cluster, deployment: Deployment, revision: number): Promise<void> {
  if (revisionOf(deployment) === revision) return;
  const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: String(revision) };
  await cluster.update(Deployments, { ...deployment, metadata: { ...deployment.metadata, annotations } });
}

async function scale(
  cluster: Cluster,
  deployment: Deployment,
  bounds: RolloutBounds,
  current: ReplicaSet | undefined,
): Promise<void> {
  const owned = ownedReplicaSets(cluster, deployment);
  const counts = new Map(owned.map((replicaSet) => [replicaSet.metadata.name, countOf(cluster, replicaSet)]));
  const currentCount = counts.get(current?.metadata.name ?? '');
  if (currentCount === undefined) return;
  const { old } = sortReplicaSets(deployment, owned);
  const oldCounts = old.flatMap(({ metadata }) => counts.get(metadata.name) ?? []);
  const plan = planFor(deployment, bounds, currentCount, oldCounts);
  for (const replicaSet of owned) await scaleTo(cluster, deployment, replicaSet, plan.get(replicaSet.metadata.name));
}

function planFor({ spec }: Deployment, bounds: RolloutBounds, current: ReplicaCount, old: ReplicaCount[]): Map<string, number> {
  if (spec?.paused === true) return planPaused(bounds, [current, ...old.filter(({ name }) => name !== current.name)]);
  return spec?.strategy?.type === 'Recreate' ? planRecreate(bounds, current, old) : planRollingUpdate(bounds, current, old);
}

function countOf(cluster: Cluster, { metadata, spec }: ReplicaSet): ReplicaCount {
  const pods = cluster.cache(Pods).ownedBy(metadata.uid);
  const replicas = spec?.replicas ?? 1;
  const { available } = countPods(pods, spec?.minReadySeconds ?? 0, Date.now());
  const running = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed').length;
  return { name: metadata.name, replicas, available: Math.min(available, replicas), running };
}

async function scaleTo(
  cluster: Cluster,
  deployment: Deployment,
  replicaSet: ReplicaSet,
  replicas: number | undefined,
): Promise<void> {
  const before = replicaSet.spec?.replicas ?? 1;
  if (replicas === undefined || replicas === before || replicaSet.spec === undefined) return;
  await cluster.update(ReplicaSets, { ...replicaSet, spec: { ...replicaSet.spec, replicas } });
  const message = `Scaled ${replicas > before ? 'up' : 'down'} replica set ${replicaSet.metadata.name} from ${before} to ${replicas}`;
  cluster.recordEvent(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message });
}

/** Keeps the newest empty ones for a rollback, as many as `revisionHistoryLimit` says. */
async function deleteOldReplicaSets(cluster: Cluster, deployment: Deployment): Promise<void> {
  const { old } = sortReplicaSets(deployment, ownedReplicaSets(cluster, deployment));
  const empty = old.filter(
    ({ metadata, spec }) => spec?.replicas === 0 && cluster.cache(Pods).ownedBy(metadata.uid).length === 0,
  );
  const surplus = empty.length - (deployment.spec?.revisionHistoryLimit ?? 10);
  if (surplus > 0) await Promise.all(empty.slice(0, surplus).map((replicaSet) => cluster.delete(ReplicaSets, replicaSet)));
}

async function writeStatus(
  cluster: Cluster,
  key: string,
  bounds: RolloutBounds,
  replicaSet: { name: string; isNew: boolean },
): Promise<ReconcileResult | undefined> {
  const deployment = cluster.cache(Deployments).get(key);
  if (deployment === undefined) return undefined;
  const owned = ownedReplicaSets(cluster, deployment);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const countsOf = (sets: ReplicaSet[]) =>
    countPods(
      sets.flatMap(({ metadata }) => cluster.cache(Pods).ownedBy(metadata.uid)),
      minReadySeconds,
      Date.now(),
    );
  const all = countsOf(owned);
  const updated = countsOf(owned.filter(({ metadata }) => metadata.name === replicaSet.name));
  const failure = owned.flatMap(({ status }) => status?.conditions ?? []).find(({ type }) => type === 'ReplicaFailure')?.message;
  const counts = { replicas: all.active, updated: updated.active, ready: all.ready, available: all.available };
  const { status, requeueAfterMs } = deploymentStatus({ deployment, counts, bounds, replicaSet, failure, nowMs: Date.now() });
  await cluster.writeStatus(Deployments, deployment, status);
  const waits = [requeueAfterMs, all.nextAvailableInMs].filter((waitMs) => waitMs !== undefined);
  return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
}

function ownedReplicaSets(cluster: Cluster, deployment: Deployment): ReplicaSet[] {
  return cluster
    .cache(ReplicaSets)
    .ownedBy(deployment.metadata.uid)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}
