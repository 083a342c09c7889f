/**
 * Where a global rate limit counts. `ProcessCounters` is for systems without a Redis: each proxy process then counts for itself.
 */

export interface Count {
  /** Names the limit, the client and the window. */
  key: string;
  /** After this the count is of no use. */
  expiresInSeconds: number;
}

export interface Counters {
  /** Adds one to each and resolves with what they come to. Rejects at once when the counters cannot be reached. */
  add(counts: readonly Count[]): Promise<number[]>;
  /** Gives up connections; what is under way rejects. */
  close(): void;
}

const maxKept = 100_000;

export class ProcessCounters implements Counters {
  /** The oldest first. */
  readonly #counts = new Map<string, { count: number; expiresAtMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  add(counts: readonly Count[]): Promise<number[]> {
    const nowMs = this.#now();
    return Promise.resolve(
      counts.map(({ key, expiresInSeconds }) => {
        const known = this.#counts.get(key);
        if (known !== undefined && known.expiresAtMs > nowMs) return ++known.count;
        this.#counts.delete(key);
        this.#counts.set(key, { count: 1, expiresAtMs: nowMs + expiresInSeconds * 1000 });
        if (this.#counts.size > maxKept) this.#counts.delete(this.#counts.keys().next().value ?? '');
        return 1;
      }),
    );
  }

  close(): void {
    this.#counts.clear();
  }
}
