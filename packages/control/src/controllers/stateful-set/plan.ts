/**
 * What a StatefulSet has to do next. Pure: its Pods in, the Pods to create and to delete out.
 *
 * OrderedReady goes one step at a time: ordinals up while the ones below are ready, down from the highest. An update replaces Pods
 * from the highest ordinal, each after the one before is ready. One thing is better than in Kubernetes: a Pod of an old template
 * that is not ready is replaced at once, so a corrected template is not held up by the Pods the mistake broke
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback asks for manual help there).
 */
import type { Pod, StatefulSet } from '@hikyaku/resources';
import { isActive, isReady } from '../pods.ts';
import { ordinalOf, podRevision, revisionOf } from './pods.ts';

export interface StatefulSetPlan {
  /** Ordinals without a Pod. */
  create: number[];
  delete: Pod[];
}

const nothing: StatefulSetPlan = { create: [], delete: [] };

/** `isAvailable` is readiness for `minReadySeconds`; steps wait for it. */
export function planStatefulSet(statefulSet: StatefulSet, pods: Pod[], isAvailable: (pod: Pod) => boolean): StatefulSetPlan {
  const { spec } = statefulSet;
  const first = spec?.ordinals?.start ?? 0;
  const wanted = Array.from({ length: spec?.replicas ?? 1 }, (_, index) => first + index);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]));
  const surplus = pods.filter((pod) => !wanted.includes(ordinalOf(pod))).sort(highestFirst);
  const finished = pods.filter((pod) => !isActive(pod) && pod.metadata.deletionTimestamp === undefined);
  // A Pod that ended has to go before its name is free again.
  if (finished.length > 0) return { create: [], delete: finished };

  const missing = wanted.filter((ordinal) => !byOrdinal.has(ordinal));
  const parallel = spec?.podManagementPolicy === 'Parallel';
  const broken = brokenByOldTemplate(statefulSet, pods);
  if (broken.length > 0) return { create: [], delete: broken };
  if (parallel && missing.length + surplus.length > 0) return { create: missing, delete: surplus.filter(isActive) };
  if (missing.length > 0) return createNext(wanted, byOrdinal, isAvailable);
  if (surplus.length > 0) return { create: [], delete: surplus.some((pod) => !isActive(pod)) ? [] : surplus.slice(0, 1) };
  return planUpdate(statefulSet, pods, isAvailable);
}

/** The lowest missing ordinal, once every one below it is available. */
function createNext(wanted: number[], byOrdinal: Map<number, Pod>, isAvailable: (pod: Pod) => boolean): StatefulSetPlan {
  for (const ordinal of wanted) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) return { create: [ordinal], delete: [] };
    if (!isAvailable(pod)) return nothing;
  }
  return nothing;
}

function planUpdate(statefulSet: StatefulSet, pods: Pod[], isAvailable: (pod: Pod) => boolean): StatefulSetPlan {
  for (const pod of [...pods].sort(highestFirst)) {
    if (isOutdated(statefulSet, pod)) return { create: [], delete: isActive(pod) ? [pod] : [] };
    if (!isAvailable(pod)) return nothing;
  }
  return nothing;
}

function brokenByOldTemplate(statefulSet: StatefulSet, pods: Pod[]): Pod[] {
  return pods.filter((pod) => isOutdated(statefulSet, pod) && isActive(pod) && !isReady(pod));
}

/** Whether the update strategy has this Pod replaced. */
function isOutdated(statefulSet: StatefulSet, pod: Pod): boolean {
  const { type = 'RollingUpdate', rollingUpdate } = statefulSet.spec?.updateStrategy ?? {};
  if (type !== 'RollingUpdate' || podRevision(pod) === revisionOf(statefulSet)) return false;
  return ordinalOf(pod) >= (rollingUpdate?.partition ?? 0);
}

function highestFirst(left: Pod, right: Pod): number {
  return ordinalOf(right) - ordinalOf(left);
}
