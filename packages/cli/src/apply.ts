/**
 * `hikyaku up` applies manifests the way `kubectl apply` does: a three-way merge between what was applied last, what is in the files now
 * and what is in the store, so that fields somebody else owns (a restart annotation, a clusterIP, a scaled replica count that
 * the file does not mention) stay. What an earlier `up` applied and the files no longer hold is deleted.
 */
import type { Store, StoreTransaction } from '@hikyaku/control';
import { ResourceError, allKinds, kindOf } from '@hikyaku/resources';
import type { Kind, Resource } from '@hikyaku/resources';
import { Failure } from './failure.ts';

/** kubectl's own annotation, so that `kubectl apply` and `hikyaku up` can take turns. */
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';
const ownerAnnotation = 'hikyaku.dev/applied-by';

export interface ApplyResult {
  created: Resource[];
  changed: Resource[];
  unchanged: Resource[];
  pruned: Resource[];
}

/**
 * Applies all resources and prunes, or does nothing at all: throws a Failure when the store refuses one for what no check of the
 * files could tell (an address that is taken, a field that cannot change).
 */
export function applyAll(store: Store, resources: Resource[]): ApplyResult {
  const result: ApplyResult = { created: [], changed: [], unchanged: [], pruned: [] };
  try {
    store.atomically((transaction) => {
      for (const resource of resources) result[apply(transaction, resource)].push(resource);
      result.pruned = prune(transaction, resources);
    });
  } catch (error) {
    refuse(error);
  }
  return result;
}

function apply(store: StoreTransaction, resource: Resource): 'created' | 'changed' | 'unchanged' {
  const kind = kindFor(resource);
  const current = store.get(kind, resource.metadata.namespace, resource.metadata.name);
  const lastApplied = JSON.stringify(resource);
  const desired = annotated(resource, { [lastAppliedAnnotation]: lastApplied, [ownerAnnotation]: 'up' });
  if (current === undefined) {
    store.create(kind, desired);
    return 'created';
  }
  const previous = current.metadata.annotations?.[lastAppliedAnnotation];
  if (previous === lastApplied) return 'unchanged';
  store.update(kind, asResource(threeWayMerge(parse(previous), desired, current)));
  return 'changed';
}

/** What the store says about a resource names it, and is meant for people. */
function refuse(error: unknown): never {
  throw error instanceof ResourceError ? new Failure(error.message, { cause: error }) : error;
}

function prune(store: StoreTransaction, wanted: Resource[]): Resource[] {
  const keep = new Set(wanted.map(identity));
  const pruned: Resource[] = [];
  for (const kind of allKinds) {
    for (const item of store.list(kind)) {
      if (!isApplied(item) || keep.has(identity(item))) continue;
      store.delete(kind, item.metadata.namespace, item.metadata.name);
      pruned.push(item);
    }
  }
  return pruned;
}

/** Controllers hand annotations down (a Deployment's to its ReplicaSets), so an object that has an owner was made by that owner and goes with it. */
function isApplied({ metadata }: Resource): boolean {
  return metadata.annotations?.[ownerAnnotation] === 'up' && (metadata.ownerReferences ?? []).length === 0;
}

/**
 * `previous` is what was applied last: keys it had and `desired` lacks are removed from `current`; keys `desired` has win; all others stay.
 * Lists are values: the desired list replaces the current one.
 */
export function threeWayMerge(previous: unknown, desired: unknown, current: unknown): unknown {
  if (!isObject(desired) || !isObject(current)) return desired;
  const merged: Record<string, unknown> = { ...current };
  for (const key of Object.keys(isObject(previous) ? previous : {})) {
    if (!(key in desired)) Reflect.deleteProperty(merged, key);
  }
  for (const [key, value] of Object.entries(desired)) {
    merged[key] = threeWayMerge(isObject(previous) ? previous[key] : undefined, value, current[key]);
  }
  return merged;
}

/** The kind of a resource that came out of the manifest loader, which lets no unknown kind through. */
export function kindFor(resource: Resource): Kind {
  const kind = kindOf(resource.apiVersion, resource.kind);
  if (kind === undefined) throw new Failure(`no such kind: ${resource.apiVersion} ${resource.kind}`);
  return kind;
}

function identity({ apiVersion, kind, metadata }: Resource): string {
  return [apiVersion.split('/')[0], kind, metadata.namespace ?? '', metadata.name].join('/');
}

function annotated(resource: Resource, annotations: Record<string, string>): Resource {
  return { ...resource, metadata: { ...resource.metadata, annotations: { ...resource.metadata.annotations, ...annotations } } };
}

function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Merging two resources key by key gives a resource again. */
function asResource(value: unknown): Resource {
  if (
    isObject(value) &&
    typeof value.apiVersion === 'string' &&
    typeof value.kind === 'string' &&
    isObject(value.metadata) &&
    typeof value.metadata.name === 'string'
  ) {
    return {
      ...value,
      apiVersion: value.apiVersion,
      kind: value.kind,
      metadata: { ...value.metadata, name: value.metadata.name },
    };
  }
  throw new Failure('merging a manifest with the stored object gave something that is no resource');
}
