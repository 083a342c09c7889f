/**
 * A local copy of every object of one kind, kept current by a watch, so that a look-up costs nothing and waits for nobody. What it hands out is
 * shared: read it, never write it. (The name is that of Kubernetes' client libraries.)
 */
import type { Kind, ResourceClient } from './client.ts';
import type { Resource } from './model.ts';

export interface Informer<R extends Resource> {
  get(namespace: string | undefined, name: string): R | undefined;
  list(): R[];
  /** Calls back after every change; returns the function that ends it. */
  onChange(callback: (object: R, type: 'ADDED' | 'MODIFIED' | 'DELETED') => void): () => void;
}

/** Resolves when everything that exists is known. */
export async function startInformer<R extends Resource>(
  client: ResourceClient,
  kind: Kind<R>,
  signal: AbortSignal,
): Promise<Informer<R>> {
  const objects = new Map<string, R>();
  const listeners = new Set<(object: R, type: 'ADDED' | 'MODIFIED' | 'DELETED') => void>();
  const { items, resourceVersion } = await client.list(kind);
  for (const object of items) objects.set(keyOf(object.metadata.namespace, object.metadata.name), object);

  client.watch(kind, { resourceVersion, signal }, ({ type, object }) => {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, object);
    for (const listener of listeners) listener(object, type);
  });

  return {
    get: (namespace, name) => objects.get(keyOf(namespace, name)),
    list: () => [...objects.values()],
    onChange(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
  };
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
