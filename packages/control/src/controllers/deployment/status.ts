/** The status of a Deployment, and when to look again: how far a rollout is, and whether it takes longer than it may. Pure. */
import { findCondition, setCondition, type Deployment } from '@hikyaku/resources';
import type { RolloutBounds } from './rollout.ts';

type DeploymentStatus = NonNullable<Deployment['status']>;
type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number];

export interface DeploymentCounts {
  /** Active Pods of all ReplicaSets. */
  replicas: number;
  /** Those of the current template. */
  updated: number;
  ready: number;
  available: number;
}

export interface StatusInput {
  deployment: Deployment;
  counts: DeploymentCounts;
  bounds: RolloutBounds;
  /** The ReplicaSet of the current template, by name, and whether it was created just now. */
  replicaSet: { name: string; isNew: boolean };
  /** Why Pods cannot be created, when they cannot. */
  failure?: string | undefined;
  nowMs: number;
}

export interface StatusResult {
  status: DeploymentStatus;
  /** When the progress deadline has to be checked; absent when nothing is in progress. */
  requeueAfterMs?: number;
}

export function deploymentStatus(input: StatusInput): StatusResult {
  const { deployment, counts, bounds, failure } = input;
  const withAvailable = setCondition(deployment.status?.conditions, availability(input));
  const progress = progressing(input);
  const withProgress = progress === undefined ? withAvailable : replaceCondition(withAvailable, progress, input.nowMs);
  const conditions = withFailure(withProgress, failure);
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: counts.replicas,
    updatedReplicas: counts.updated,
    readyReplicas: counts.ready,
    availableReplicas: counts.available,
    unavailableReplicas: Math.max(0, Math.max(bounds.desired, counts.replicas) - counts.available),
    conditions,
  };
  const deadlineInMs = deadlineAfterMs(deployment, findCondition(conditions, 'Progressing'), input.nowMs);
  return { status, ...(deadlineInMs !== undefined && { requeueAfterMs: Math.max(0, deadlineInMs) }) };
}

function availability({ counts, bounds }: StatusInput): DeploymentCondition {
  const isAvailable = counts.available >= bounds.desired - bounds.maxUnavailable;
  return isAvailable
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** The new Progressing condition; undefined when the old one still holds. */
function progressing(input: StatusInput): DeploymentCondition | undefined {
  const { deployment, counts, bounds, replicaSet, nowMs } = input;
  const current = findCondition(deployment.status?.conditions, 'Progressing');
  const condition = (status: 'True' | 'False', reason: string, what: string): DeploymentCondition => ({
    type: 'Progressing',
    status,
    reason,
    message: `ReplicaSet "${replicaSet.name}" ${what}.`,
  });
  const isComplete =
    counts.updated === bounds.desired && counts.replicas === counts.updated && counts.available === counts.updated;
  if (isComplete) return condition('True', 'NewReplicaSetAvailable', 'has successfully progressed');
  if (replicaSet.isNew) return condition('True', 'NewReplicaSetCreated', 'has been created');
  if (current === undefined || hasProgressed(deployment.status, counts))
    return condition('True', 'ReplicaSetUpdated', 'is progressing');
  // A rollback: the condition still speaks of the ReplicaSet before.
  if (current.message?.includes(`"${replicaSet.name}"`) !== true)
    return condition('True', 'FoundNewReplicaSet', 'has been found');
  const leftMs = deadlineAfterMs(deployment, current, nowMs);
  return leftMs !== undefined && leftMs <= 0
    ? condition('False', 'ProgressDeadlineExceeded', 'has timed out progressing')
    : undefined;
}

function hasProgressed(before: Deployment['status'], counts: DeploymentCounts): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = before ?? {};
  return (
    counts.updated > updatedReplicas ||
    counts.replicas - counts.updated < replicas - updatedReplicas ||
    counts.ready > readyReplicas ||
    counts.available > availableReplicas
  );
}

/** Milliseconds from now to the deadline of the rollout; undefined when none is under way or it has no deadline. */
function deadlineAfterMs({ spec }: Deployment, condition: DeploymentCondition | undefined, nowMs: number): number | undefined {
  const seconds = spec?.progressDeadlineSeconds ?? 600;
  if (condition?.status !== 'True' || condition.reason === 'NewReplicaSetAvailable' || spec?.paused === true) return undefined;
  const sinceMs = Date.parse(condition.lastUpdateTime ?? condition.lastTransitionTime ?? '');
  return Number.isNaN(sinceMs) ? undefined : sinceMs + seconds * 1000 - nowMs;
}

/** Like setCondition, and `lastUpdateTime` moves with every sign of progress: the deadline counts from it. */
function replaceCondition(
  conditions: DeploymentCondition[],
  condition: DeploymentCondition,
  nowMs: number,
): DeploymentCondition[] {
  const current = findCondition(conditions, condition.type);
  const isSettled = condition.reason === 'NewReplicaSetAvailable' || condition.status === 'False';
  const isSame = current?.reason === condition.reason && current?.message === condition.message;
  if (isSettled && isSame) return conditions;
  const lastUpdateTime = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return setCondition(conditions, condition).map((entry) =>
    entry.type === condition.type ? { ...entry, lastUpdateTime } : entry,
  );
}

function withFailure(conditions: DeploymentCondition[], failure: string | undefined): DeploymentCondition[] {
  if (failure === undefined) return conditions.filter(({ type }) => type !== 'ReplicaFailure');
  return setCondition(conditions, { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure });
}
