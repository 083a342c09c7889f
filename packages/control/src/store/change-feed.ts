/**
 * Tells watchers about changes, in the order they were committed. Delivery happens in a microtask of its own: a writer never runs
 * a watcher's code inside its write, and a watcher that writes cannot make others see changes out of order.
 *
 *   write ─► publish ─► [pending] ─► microtask ─► every subscriber of that resource
 *   subscribe ─► its starting changes are put into the same queue, so they come before anything newer
 */
import type { Resource } from '@hikyaku/resources';
import type { ChangeType } from './database.ts';

/** A committed change. All subscribers share `object` and `previous`: read them, never write them. */
export interface Change {
  type: ChangeType;
  version: number;
  /** `plural.group`, or `plural` in the core group. */
  resource: string;
  object: Readonly<Resource>;
  /** The object before the change; absent when it is new, and in changes read back from the log. */
  previous?: Readonly<Resource>;
  /** `object` as JSON, for those who send it on. */
  text: string;
}

export interface Subscription {
  resource: string;
  /** What the subscriber has to catch up with. */
  start: Change[];
  /** The newest version that `start` covers. */
  startVersion: number;
  onChange: (change: Change) => void;
  signal: AbortSignal;
}

export class ChangeFeed {
  readonly #subscribers = new Set<Subscription>();
  #pending: (() => void)[] = [];

  publish(change: Change): void {
    this.#enqueue(() => {
      for (const subscriber of this.#subscribers) {
        if (subscriber.resource === change.resource && change.version > subscriber.startVersion) deliver(subscriber, change);
      }
    });
  }

  subscribe(subscription: Subscription): void {
    const { signal, start } = subscription;
    if (signal.aborted) return;
    this.#subscribers.add(subscription);
    signal.addEventListener('abort', () => this.#subscribers.delete(subscription), { once: true });
    if (start.length > 0) this.#enqueue(() => start.forEach((change) => deliver(subscription, change)));
  }

  /** No subscriber hears anything after this. */
  close(): void {
    this.#subscribers.clear();
    this.#pending = [];
  }

  #enqueue(delivery: () => void): void {
    this.#pending.push(delivery);
    if (this.#pending.length === 1) queueMicrotask(() => this.#drain());
  }

  /** Deliveries may enqueue further ones: they stay behind those already waiting, and the loop reaches them too. */
  #drain(): void {
    for (const delivery of this.#pending) delivery();
    this.#pending = [];
  }
}

function deliver(subscriber: Subscription, change: Change): void {
  if (subscriber.signal.aborted) return;
  try {
    subscriber.onChange(change);
  } catch (error) {
    // One faulty watcher must not keep the others from hearing of the change; it is a bug all the same, so it is made visible.
    process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  }
}
