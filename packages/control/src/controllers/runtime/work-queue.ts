/**
 * Which keys still have to be reconciled, each at most once however often it was added, and never twice at the same time. A key that
 * fails comes back after a pause that doubles; one that asks for it comes back at its time.
 *
 *   add ──► [waiting] ──► running ──ok──► done, or back after requeueAfterMs
 *             ▲   added meanwhile │failed
 *             └───────────────────┴──► back after 5 ms, 10 ms, 20 ms … 30 s
 */

/** When to come again; nothing means: when something changes. */
export interface ReconcileResult {
  requeueAfterMs?: number | undefined;
}

export type Reconcile = (key: string) => Promise<ReconcileResult | undefined>;

const firstRetryMs = 5;
const longestRetryMs = 30_000;

export class WorkQueue {
  readonly #reconcile: Reconcile;
  readonly #onError: (key: string, error: unknown) => void;
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { dueMs: number; timer: NodeJS.Timeout }>();
  #stopped = false;

  /** `onError` is told of every failure; the retry happens in any case. */
  constructor(reconcile: Reconcile, onError: (key: string, error: unknown) => void) {
    this.#reconcile = reconcile;
    this.#onError = onError;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#waiting.add(key);
    if (!this.#running.has(key)) this.#running.set(key, this.#run(key));
  }

  /** Adds the key when the time has come, unless an earlier time is already set. */
  addAfter(key: string, delayMs: number): void {
    const dueMs = Date.now() + delayMs;
    const earlier = this.#timers.get(key);
    if (this.#stopped || (earlier !== undefined && earlier.dueMs <= dueMs)) return;
    clearTimeout(earlier?.timer);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.add(key);
    }, delayMs);
    this.#timers.set(key, { dueMs, timer });
  }

  /** Takes no more work; resolves when what is running has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#running.values());
  }

  async #run(key: string): Promise<void> {
    // Let the caller finish first: what it adds or changes in the same turn is then seen by this very run.
    await Promise.resolve();
    while (this.#waiting.delete(key)) await this.#reconcileOnce(key);
    this.#running.delete(key);
  }

  async #reconcileOnce(key: string): Promise<void> {
    try {
      const result = await this.#reconcile(key);
      this.#failures.delete(key);
      if (result?.requeueAfterMs !== undefined) this.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      if (this.#stopped) return;
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      this.#onError(key, error);
      this.addAfter(key, Math.min(firstRetryMs * 2 ** failures, longestRetryMs));
    }
  }
}
