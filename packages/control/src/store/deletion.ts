/**
 * What asking for a deletion means. Most objects go at once. A Pod first gets a deletionTimestamp, so that the node can stop its
 * processes; an object with finalizers waits for whoever put them there; a Namespace waits until it is empty.
 *
 *   present ──delete──► terminating (deletionTimestamp) ──last finalizer gone / grace 0──► gone
 *        └──nothing to wait for──────────────────────────────────────────────────────────────┘
 */
import type { DeleteOptions, Resource } from '@hikyaku/resources';
import { isObject } from '../json.ts';

/** Keeps an owner until its dependants are gone: what `propagationPolicy: Foreground` sets. */
export const foregroundFinalizer = 'foregroundDeletion';

export type DeletionPlan = { action: 'remove' } | { action: 'mark'; object: Resource };

/** Decides what `delete` does to `object`; `hasDependants` matters to foreground deletion only. */
export function planDeletion(object: Resource, options: DeleteOptions, nowMs: number, hasDependants: boolean): DeletionPlan {
  const finalizers = finalizersAfter(object, options, hasDependants);
  const graceSeconds = gracePeriodSeconds(object, options);
  const waitsForNode = graceSeconds > 0;
  if (finalizers.length === 0 && !waitsForNode && !isPopulatedNamespace(object)) return { action: 'remove' };
  return { action: 'mark', object: marked(object, finalizers, graceSeconds, nowMs) };
}

/** Whether an object on its way out has nothing left to wait for. */
export function isReadyToGo(object: Resource): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  return (
    deletionTimestamp !== undefined &&
    finalizers.length === 0 &&
    deletionGracePeriodSeconds === 0 &&
    !isPopulatedNamespace(object)
  );
}

function finalizersAfter(object: Resource, { propagationPolicy }: DeleteOptions, hasDependants: boolean): string[] {
  const finalizers = object.metadata.finalizers ?? [];
  const waitsForDependants = propagationPolicy === 'Foreground' && hasDependants && !finalizers.includes(foregroundFinalizer);
  return waitsForDependants ? [...finalizers, foregroundFinalizer] : finalizers;
}

/** A Pod that no node has taken has no processes to wait for, nor has one whose containers have all ended. */
function gracePeriodSeconds(object: Resource, options: DeleteOptions): number {
  if (object.kind !== 'Pod') return 0;
  const spec = isObject(object.spec) ? object.spec : {};
  const status = isObject(object.status) ? object.status : {};
  if (spec.nodeName === undefined || status.phase === 'Succeeded' || status.phase === 'Failed') return 0;
  const own = spec.terminationGracePeriodSeconds;
  const asked = options.gracePeriodSeconds ?? (typeof own === 'number' ? own : 30);
  // A second request may shorten the grace period, never lengthen it.
  return Math.max(0, Math.min(asked, object.metadata.deletionGracePeriodSeconds ?? asked));
}

function marked(object: Resource, finalizers: string[], graceSeconds: number, nowMs: number): Resource {
  const { metadata } = object;
  const isShorter = metadata.deletionGracePeriodSeconds !== undefined && graceSeconds < metadata.deletionGracePeriodSeconds;
  const isFirst = metadata.deletionTimestamp === undefined;
  const deadline = new Date(nowMs + graceSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(finalizers.length > 0 && { finalizers }),
      ...(isFirst || isShorter ? { deletionTimestamp: deadline, deletionGracePeriodSeconds: graceSeconds } : {}),
    },
    ...(object.kind === 'Namespace' && { status: { phase: 'Terminating' } }),
  };
}

/** The Namespace controller takes `kubernetes` out of `spec.finalizers` when nothing is left inside. */
function isPopulatedNamespace({ kind, spec }: Resource): boolean {
  return kind === 'Namespace' && isObject(spec) && Array.isArray(spec.finalizers) && spec.finalizers.length > 0;
}
