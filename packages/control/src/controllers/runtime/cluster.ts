/**
 * What a controller sees of the system: reads from caches, writes through the client, and events for people. One per process,
 * shared by all controllers.
 */
import { createEventRecorder, type EventInput, type Kind, type Resource, type ResourceClient } from '@hikyaku/resources';
import { isSameJson, omit } from '../../json.ts';
import { resourceName } from '../../resource-name.ts';
import { ResourceCache } from './resource-cache.ts';

export class Cluster {
  readonly #client: ResourceClient;
  readonly #signal: AbortSignal;
  readonly #record: (involved: Resource, event: EventInput) => void;
  readonly #caches = new Map<string, { cache: ResourceCache<Resource>; started: Promise<void> }>();

  constructor(client: ResourceClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
    this.#record = createEventRecorder(client, 'controllers');
  }

  /** The shared cache of this kind, followed from the first call on. */
  cache<R extends Resource>(kind: Kind<R>): ResourceCache<R> {
    const name = resourceName(kind);
    const existing = this.#caches.get(name);
    // Caches are kept by the kind's name, and one name has one object type.
    if (existing !== undefined) return existing.cache as unknown as ResourceCache<R>;
    const cache = new ResourceCache<R>();
    const started = cache.start(this.#client, kind, this.#signal);
    this.#caches.set(name, { cache: cache as unknown as ResourceCache<Resource>, started });
    return cache;
  }

  /** Resolves when every cache asked for so far has read everything. */
  async synced(): Promise<void> {
    await Promise.all([...this.#caches.values()].map(({ started }) => started));
  }

  async create<R extends Resource>(kind: Kind<R>, object: R): Promise<R> {
    const created = await this.#client.create(kind, object);
    this.cache(kind).put(created);
    return created;
  }

  /** Throws `Conflict` when the object is not the latest any more; the queue then tries again with a fresh one. */
  async update<R extends Resource>(kind: Kind<R>, object: R): Promise<R> {
    const updated = await this.#client.update(kind, object);
    this.cache(kind).put(updated);
    return updated;
  }

  /**
   * Writes `status`, unless the object already has it. Each kind's status has one writer, so a change of the object's spec since
   * it was read does not matter; another object under the same name does, and is refused by its uid.
   */
  async writeStatus<R extends Resource>(kind: Kind<R>, object: R, status: NonNullable<R['status']>): Promise<void> {
    if (isSameJson(object.status, status)) return;
    const updated = await this.#client.updateStatus(kind, {
      ...object,
      metadata: omit(object.metadata, 'resourceVersion'),
      status,
    });
    this.cache(kind).put(updated);
  }

  /** Deletes exactly this object; one that is gone already is no error. */
  async delete(kind: Kind, { metadata }: Resource): Promise<void> {
    try {
      await this.#client.delete(kind, metadata.namespace, metadata.name, metadata.uid === undefined ? {} : { uid: metadata.uid });
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }

  recordEvent(involved: Resource, event: EventInput): void {
    this.#record(involved, event);
  }
}

function isReason(error: unknown, reason: string): boolean {
  return error instanceof Error && 'reason' in error && error.reason === reason;
}
