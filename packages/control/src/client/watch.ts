/**
 * A watch that lasts: it lists, follows the changes, comes back after a lost connection at the version it had, and lists again when the
 * server no longer knows that version. What changed unseen meanwhile is told as if it happened now.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ResourceError, type Resource, type ResourceList, type WatchEvent } from '@hikyaku/resources';
import { isObject } from '../json.ts';

export interface WatchSource<R extends Resource> {
  list(): Promise<ResourceList<R>>;
  /** The lines of a watch from this version on. */
  lines(resourceVersion: string): AsyncIterable<string>;
}

const firstRetryMs = 50;
const longestRetryMs = 5000;

/** Runs until `signal` aborts; never throws. `startVersion` absent: begins with one ADDED per object there is. */
export async function keepWatching<R extends Resource>(
  source: WatchSource<R>,
  startVersion: string | undefined,
  signal: AbortSignal,
  onEvent: (event: WatchEvent<R>) => void,
): Promise<void> {
  const view = new View(onEvent);
  let version = startVersion;
  let retryMs = firstRetryMs;
  while (!signal.aborted) {
    try {
      version ??= view.replace(await source.list());
      for await (const line of source.lines(version)) {
        version = view.apply(line) ?? version;
        retryMs = firstRetryMs;
      }
    } catch (error) {
      if (error instanceof ResourceError && error.reason === 'Expired') {
        version = undefined;
        retryMs = firstRetryMs;
      }
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  }
}

/** What the watcher has been told so far, as JSON by uid, so that a new list can be compared with it. */
class View<R extends Resource> {
  readonly #known = new Map<string, { version: string; text: string }>();
  readonly #onEvent: (event: WatchEvent<R>) => void;

  constructor(onEvent: (event: WatchEvent<R>) => void) {
    this.#onEvent = onEvent;
  }

  /** Tells the differences to `list`, deletions first, and gives its version. */
  replace({ items, resourceVersion }: ResourceList<R>): string {
    const present = new Set(items.map(({ metadata }) => metadata.uid));
    for (const [uid, { text }] of this.#known) if (!present.has(uid)) this.#tell('DELETED', JSON.parse(text) as R);
    for (const item of items) {
      const known = this.#known.get(item.metadata.uid ?? '');
      if (known === undefined) this.#tell('ADDED', item);
      else if (known.version !== item.metadata.resourceVersion) this.#tell('MODIFIED', item);
    }
    return resourceVersion;
  }

  /** Takes one line of a watch; gives the version it brings. Throws the error that a line may carry. */
  apply(line: string): string | undefined {
    const event: unknown = JSON.parse(line);
    if (!isObject(event) || !isObject(event.object)) return undefined;
    if (event.type === 'ERROR')
      throw new ResourceError(event.object.code === 410 ? 'Expired' : 'InternalError', String(event.object.message));
    const object = event.object as unknown as R;
    if (event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED') this.#tell(event.type, object);
    return object.metadata.resourceVersion;
  }

  #tell(type: WatchEvent<R>['type'], object: R): void {
    const { uid = '', resourceVersion: version = '' } = object.metadata;
    if (type === 'DELETED') this.#known.delete(uid);
    else this.#known.set(uid, { version, text: JSON.stringify(object) });
    try {
      this.#onEvent({ type, object });
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
