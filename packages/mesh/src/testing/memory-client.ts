/**
 * A ResourceClient over a Map, for tests of what follows resources. Keeps no history and checks nothing.
 */
import type { Kind, Resource, ResourceClient, WatchEvent } from '@hikyaku/resources';

export interface MemoryClient extends Pick<ResourceClient, 'list' | 'watch'> {
  /** Creates or replaces. */
  put(kind: Kind, object: Resource): void;
  remove(kind: Kind, namespace: string, name: string): void;
}

type Listener = (event: WatchEvent<Resource>) => void;

export function memoryClient(): MemoryClient & ResourceClient {
  const objects = new Map<string, Map<string, Resource>>();
  const listeners = new Map<string, Set<Listener>>();
  // Istio and the Gateway API both have `gateways`.
  const keyOf = ({ group, plural }: Kind) => `${plural}.${group}`;
  const ofKind = (kind: Kind) => {
    const all = objects.get(keyOf(kind)) ?? new Map<string, Resource>();
    objects.set(keyOf(kind), all);
    return all;
  };
  const tell = (kind: Kind, event: WatchEvent<Resource>) => listeners.get(keyOf(kind))?.forEach((listener) => listener(event));
  const unsupported = () => Promise.reject(new Error('not part of this fake'));
  const put = (kind: Kind, object: Resource) => {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const type = ofKind(kind).has(key) ? 'MODIFIED' : 'ADDED';
    ofKind(kind).set(key, object);
    tell(kind, { type, object });
  };
  const store = <R extends Resource>(kind: Kind<R>, object: R) => {
    put(kind, object);
    return Promise.resolve(object);
  };
  return {
    list: <R extends Resource>(kind: Kind<R>) =>
      Promise.resolve({ items: [...ofKind(kind).values()] as R[], resourceVersion: '0' }),
    watch<R extends Resource>(kind: Kind<R>, { signal }: { signal: AbortSignal }, onEvent: (event: WatchEvent<R>) => void) {
      const own = listeners.get(keyOf(kind)) ?? new Set<Listener>();
      listeners.set(keyOf(kind), own);
      own.add(onEvent as Listener);
      signal.addEventListener('abort', () => own.delete(onEvent as Listener));
    },
    put,
    remove(kind, namespace, name) {
      const object = ofKind(kind).get(`${namespace}/${name}`);
      if (object === undefined) throw new Error(`no ${kind.kind} ${namespace}/${name}`);
      ofKind(kind).delete(`${namespace}/${name}`);
      tell(kind, { type: 'DELETED', object });
    },
    get: unsupported,
    create: store,
    update: unsupported,
    updateStatus: store,
    delete: unsupported,
  };
}
