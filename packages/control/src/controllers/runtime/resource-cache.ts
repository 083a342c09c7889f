/**
 * All objects of one kind, kept up to date by one watch and shared by all controllers, so that a reconcile reads without asking anybody.
 * What it hands out is shared: read it, never write it.
 */
import type { Kind, Resource, ResourceClient } from '@hikyaku/resources';

/** Tells what happened to an object: `object` is absent when it is gone, `previous` when it is new. */
export type CacheListener<R extends Resource> = (object: R | undefined, previous: R | undefined) => void;

export class ResourceCache<R extends Resource> {
  readonly #objects = new Map<string, R>();
  /** By the uid of their owner. */
  readonly #owned = new Map<string, Set<string>>();
  readonly #listeners: CacheListener<R>[] = [];
  /** The newest version the watch has told of: everything up to it is known here. */
  #version = 0;

  /** Reads everything, then follows the changes until `signal` aborts. */
  async start(client: ResourceClient, kind: Kind<R>, signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await client.list(kind);
    for (const item of items) this.#set(item);
    this.#version = Number(resourceVersion);
    client.watch(kind, { resourceVersion, signal }, ({ type, object }) => {
      this.#version = Math.max(this.#version, versionOf(object));
      if (type === 'DELETED') this.#remove(object);
      else if (versionOf(object) >= versionOf(this.#objects.get(keyOf(object)))) this.#set(object);
    });
  }

  /** `key` is `namespace/name`, or only the name for kinds without namespaces. */
  get(key: string): R | undefined {
    return this.#objects.get(key);
  }

  /** In no particular order. */
  list(namespace?: string): R[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  ownedBy(uid: string | undefined): R[] {
    return [...(this.#owned.get(uid ?? '') ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /**
   * Takes in what a write has just returned, so that the next reconcile sees it even when the watch, over a network, is still to tell.
   * A version that the watch has passed is old news: the object may even be gone again.
   */
  put(object: R): void {
    if (versionOf(object) > this.#version) this.#set(object);
  }

  onChange(listener: CacheListener<R>): void {
    this.#listeners.push(listener);
  }

  #set(object: R): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion && previous?.metadata.uid === object.metadata.uid)
      return;
    if (previous !== undefined) this.#forgetOwners(key, previous);
    this.#objects.set(key, object);
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const owned = this.#owned.get(uid) ?? new Set();
      this.#owned.set(uid, owned.add(key));
    }
    this.#tell(object, previous);
  }

  #remove(object: R): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous === undefined) return;
    this.#forgetOwners(key, previous);
    this.#objects.delete(key);
    this.#tell(undefined, previous);
  }

  #forgetOwners(key: string, object: R): void {
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const owned = this.#owned.get(uid);
      owned?.delete(key);
      if (owned?.size === 0) this.#owned.delete(uid);
    }
  }

  #tell(object: R | undefined, previous: R | undefined): void {
    for (const listener of this.#listeners) listener(object, previous);
  }
}

/** `namespace/name`, or only the name for kinds without namespaces. */
export function keyOf({ metadata }: Resource): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

function versionOf(object: Resource | undefined): number {
  return Number(object?.metadata.resourceVersion ?? 0);
}
