/**
 * A ResourceClient in memory, for tests: what the store does, as far as the node can tell.
 */
import { randomUUID } from 'node:crypto';
import { ResourceError, type Kind, type Resource, type ResourceClient, type WatchEvent } from '@hikyaku/resources';

interface Watch {
  plural: string;
  onEvent(event: WatchEvent<Resource>): void;
}

export function createFakeClient(): ResourceClient {
  const objects = new Map<string, Resource>();
  const watches = new Set<Watch>();
  let version = 0;

  const keyOf = (kind: Kind, namespace: string | undefined, name: string) => [kind.plural, namespace ?? '', name].join('/');

  function find(kind: Kind, object: Resource): Resource {
    const found = objects.get(keyOf(kind, object.metadata.namespace, object.metadata.name));
    if (!found) throw new ResourceError('NotFound', `${kind.plural} "${object.metadata.name}" not found`);
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion)
      throw new ResourceError('Conflict', 'stale');
    return found;
  }

  function put<R extends Resource>(kind: Kind, object: R, type: WatchEvent<Resource>['type']): R {
    const stored = structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } });
    const key = keyOf(kind, object.metadata.namespace, object.metadata.name);
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, stored);
    for (const watch of watches) if (watch.plural === kind.plural) watch.onEvent({ type, object: structuredClone(stored) });
    return structuredClone(stored);
  }

  return {
    // What is stored under a kind was created as that kind.
    get: <R extends Resource>(kind: Kind<R>, namespace: string | undefined, name: string) =>
      Promise.resolve(structuredClone(objects.get(keyOf(kind, namespace, name))) as R | undefined),
    list: <R extends Resource>(kind: Kind<R>) => {
      const items = [...objects]
        .filter(([key]) => key.startsWith(`${kind.plural}/`))
        .map(([, object]) => structuredClone(object) as R);
      return Promise.resolve({ items, resourceVersion: String(version) });
    },
    async create(kind, object) {
      await Promise.resolve();
      if (objects.has(keyOf(kind, object.metadata.namespace, object.metadata.name)))
        throw new ResourceError('AlreadyExists', 'taken');
      const metadata = { ...object.metadata, uid: randomUUID(), generation: 1, creationTimestamp: new Date().toISOString() };
      return put(kind, { ...object, metadata }, 'ADDED');
    },
    async update(kind, object) {
      await Promise.resolve();
      const { status } = find(kind, object);
      return put(kind, { ...object, ...(status !== undefined && { status }) }, 'MODIFIED');
    },
    async updateStatus(kind, object) {
      await Promise.resolve();
      return put(kind, { ...object, metadata: find(kind, object).metadata, spec: find(kind, object).spec }, 'MODIFIED');
    },
    async delete(kind, namespace, name, { gracePeriodSeconds, uid } = {}) {
      await Promise.resolve();
      const found = find(kind, { apiVersion: '', kind: '', metadata: { name, ...(namespace !== undefined && { namespace }) } });
      if (uid !== undefined && uid !== found.metadata.uid) throw new ResourceError('Conflict', 'another uid');
      const isGraceful = kind.plural === 'pods' && gracePeriodSeconds !== 0;
      if (!isGraceful) {
        put(kind, found, 'DELETED');
        return;
      }
      const deletion = {
        deletionTimestamp: new Date().toISOString(),
        ...(gracePeriodSeconds !== undefined && { deletionGracePeriodSeconds: gracePeriodSeconds }),
      };
      put(kind, { ...found, metadata: { ...found.metadata, ...deletion } }, 'MODIFIED');
    },
    watch(kind, { signal }, onEvent) {
      const watch: Watch = { plural: kind.plural, onEvent: onEvent };
      watches.add(watch);
      signal.addEventListener('abort', () => watches.delete(watch), { once: true });
    },
  };
}
