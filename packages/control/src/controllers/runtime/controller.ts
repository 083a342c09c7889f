/**
 * Runs controllers: connects the caches' changes with each controller's queue. A controller is level-triggered: it is told which
 * object to look at, never what happened, and holds no truth of its own.
 */
import { aborted, type Kind, type Resource } from '@hikyaku/resources';
import type { Cluster } from './cluster.ts';
import { keyOf, type CacheListener, type ResourceCache } from './resource-cache.ts';
import { WorkQueue, type Reconcile } from './work-queue.ts';

export interface Controller {
  /** For people, in error messages. */
  name: string;
  /** The kind whose keys are reconciled. */
  kind: Kind;
  /** Other kinds, and which keys their changes concern. */
  watches?: Watch[];
  /**
   * Makes the difference between an object and the world smaller. Called once per key at a time; a throw means: again, later.
   * The object may be gone by now.
   */
  reconcile: Reconcile;
}

export interface Watch {
  kind: Kind;
  keysFor: (object: Resource) => string[];
}

/** Runs one controller on caches that have been read; resolves, after `signal` aborts, when its work has ended. */
export async function runController(controller: Controller, cluster: Cluster, signal: AbortSignal): Promise<void> {
  const queue = new WorkQueue(controller.reconcile, (key, error) => reportFailure(controller, cluster, key, error));
  const own = cluster.cache<Resource>(controller.kind);
  follow(own, (object) => [keyOf(object)], queue);
  for (const { kind, keysFor } of controller.watches ?? []) follow(cluster.cache<Resource>(kind), keysFor, queue);
  for (const object of own.list()) queue.add(keyOf(object));
  await aborted(signal);
  await queue.stop();
}

/** The keys of the controllers of an object, by its ownerReferences. */
export function controllerKeys(ownerKind: string): (object: Resource) => string[] {
  return ({ metadata }) => {
    const owner = metadata.ownerReferences?.find(({ controller, kind }) => controller === true && kind === ownerKind);
    return owner === undefined ? [] : [`${metadata.namespace ?? ''}/${owner.name}`];
  };
}

function follow(cache: ResourceCache<Resource>, keysFor: (object: Resource) => string[], queue: WorkQueue): void {
  const listener: CacheListener<Resource> = (object, previous) => {
    // An object that moved from one owner (or selector) to another concerns both.
    const keys = [object, previous].flatMap((state) => (state === undefined ? [] : keysFor(state)));
    for (const key of new Set(keys)) queue.add(key);
  };
  cache.onChange(listener);
}

/** Conflicts are everyday life: somebody else wrote first. Everything else is worth telling people at the object itself. */
function reportFailure({ name, kind }: Controller, cluster: Cluster, key: string, error: unknown): void {
  const reason = error instanceof Error && 'reason' in error ? error.reason : undefined;
  if (reason === 'Conflict') return;
  const message = error instanceof Error ? error.message : String(error);
  const object = cluster.cache(kind).get(key);
  if (object !== undefined)
    cluster.recordEvent(object, { type: 'Warning', reason: 'ReconcileError', message: `${name}: ${message}` });
  if (reason === undefined) process.emitWarning(error instanceof Error ? error : new Error(message));
}
