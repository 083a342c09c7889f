/**
 * What one follower has open, as it has told. A process that ends, however it ends, has closed its connections and cannot tell that any more.
 */
import type { ConnectionChange } from '../telemetry/telemetry.ts';

export class OpenConnections {
  readonly #latest = new Map<string, ConnectionChange>();

  add(change: ConnectionChange): void {
    const { cluster, upstream, opened, closed } = change;
    const key = `${cluster} ${upstream.address}`;
    const left = (this.#latest.get(key)?.opened ?? 0) + opened - closed;
    // Pods come and go, and each has another address.
    if (left > 0) this.#latest.set(key, { ...change, opened: left });
    else this.#latest.delete(key);
  }

  /** The end of all of them. */
  closed(): ConnectionChange[] {
    return [...this.#latest.values()].map((latest) => ({
      ...latest,
      opened: 0,
      closed: latest.opened,
      sentBytes: 0,
      receivedBytes: 0,
    }));
  }
}
