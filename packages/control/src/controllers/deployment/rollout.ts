/**
 * How many Pods each ReplicaSet of a Deployment should have next. Pure: counts in, counts out.
 *
 * A rolling update moves in steps that never exceed `replicas + maxSurge` Pods and never leave fewer than `replicas - maxUnavailable`
 * available; old Pods that are not available go first, as nobody misses them.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
import { resolveIntOrPercent, type Deployment } from '@hikyaku/resources';

/** A ReplicaSet as far as a rollout is concerned. */
export interface ReplicaCount {
  name: string;
  /** What its spec asks for. */
  replicas: number;
  /** Pods that can take traffic; never more than `replicas`, because those beyond are about to go. */
  available: number;
  /** Pods that still run in any way, also those on their way out. */
  running: number;
}

export interface RolloutBounds {
  desired: number;
  maxSurge: number;
  maxUnavailable: number;
}

export function rolloutBounds({ spec }: Deployment): RolloutBounds {
  const desired = spec?.replicas ?? 1;
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec?.strategy?.rollingUpdate ?? {};
  const surge = resolveIntOrPercent(maxSurge, desired, 'up');
  const unavailable = Math.min(desired, resolveIntOrPercent(maxUnavailable, desired, 'down'));
  // With neither, nothing could ever move; Kubernetes resolves two percentages that both round to 0 this way.
  return { desired, maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Replicas by ReplicaSet name, for all of them; `old` is ordered oldest first. */
export function planRollingUpdate(bounds: RolloutBounds, current: ReplicaCount, old: ReplicaCount[]): Map<string, number> {
  const total = sum([current, ...old], ({ replicas }) => replicas);
  const room = Math.max(0, bounds.desired + bounds.maxSurge - total);
  const grown = Math.min(bounds.desired, current.replicas + room);
  return new Map([[current.name, grown], ...planScaleDown(bounds, current, old)]);
}

/** Recreate: nothing new before everything old has ended. */
export function planRecreate({ desired }: RolloutBounds, current: ReplicaCount, old: ReplicaCount[]): Map<string, number> {
  const hasOld = old.some(({ replicas, running }) => replicas > 0 || running > 0);
  return new Map([[current.name, hasOld ? current.replicas : desired], ...old.map(({ name }) => [name, 0] as const)]);
}

/** A paused Deployment keeps its templates as they are, but still follows `replicas` in the ReplicaSet that has the most. */
export function planPaused({ desired }: RolloutBounds, all: ReplicaCount[]): Map<string, number> {
  const plan = new Map(all.map(({ name, replicas }) => [name, replicas]));
  const active = all.filter(({ replicas }) => replicas > 0);
  const [only] = active.length > 0 ? active : all;
  if (active.length <= 1 && only !== undefined) plan.set(only.name, desired);
  return plan;
}

function planScaleDown(
  { desired, maxUnavailable }: RolloutBounds,
  current: ReplicaCount,
  old: ReplicaCount[],
): Map<string, number> {
  const plan = new Map(old.map(({ name, replicas }) => [name, replicas]));
  const minAvailable = desired - maxUnavailable;
  const total = sum([current, ...old], ({ replicas }) => replicas);
  const currentUnavailable = current.replicas - current.available;
  // Pods that would be left if every unavailable one of the new ReplicaSet never came up must still be enough.
  let mayGo = Math.max(0, total - minAvailable - currentUnavailable);
  const take = (name: string, wanted: number) => {
    const count = Math.min(wanted, mayGo, plan.get(name) ?? 0);
    plan.set(name, (plan.get(name) ?? 0) - count);
    mayGo -= count;
    return count;
  };
  for (const { name, replicas, available } of old) take(name, replicas - available);
  let spare = Math.max(0, sum([current, ...old], ({ available }) => available) - minAvailable);
  for (const { name, available } of old) spare -= take(name, Math.min(available, spare));
  return plan;
}

function sum<T>(items: T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
