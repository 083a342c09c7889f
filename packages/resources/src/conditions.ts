/**
 * Status conditions, by the Kubernetes API conventions: one per type, and `lastTransitionTime` moves only when `status` does.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
 */

/** What every kind's conditions have in common; the generated kinds add fields of their own. */
export interface ConditionLike {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  observedGeneration?: number;
}

/**
 * The list with `condition` in it, in place when its type is there already. When nothing but times would differ, the conditions come back
 * as they were, so that a caller who compares before writing writes nothing.
 */
export function setCondition<C extends ConditionLike>(conditions: readonly C[] | undefined, condition: C, now = new Date()): C[] {
  const all = [...(conditions ?? [])];
  const index = all.findIndex(({ type }) => type === condition.type);
  const current = all[index];
  const sameStatus = current?.status === condition.status;
  const since = (sameStatus ? current.lastTransitionTime : undefined) ?? condition.lastTransitionTime ?? rfc3339(now);
  if (current === undefined) return [...all, { ...condition, lastTransitionTime: since }];
  if (sameStatus && saysTheSame(current, condition)) return all;
  all[index] = { ...condition, lastTransitionTime: since };
  return all;
}

function saysTheSame(a: ConditionLike, b: ConditionLike): boolean {
  return a.reason === b.reason && a.message === b.message && a.observedGeneration === b.observedGeneration;
}

/** The condition of that type; undefined when it has not been set. */
export function findCondition<C extends ConditionLike>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** metav1.Time has whole seconds. */
function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
