/** The latest states of the workloads, for those who follow them. */
import type { WorkloadState } from './workload.ts';

export class StateFeed {
  #current: WorkloadState[] = [];
  readonly #listeners = new Set<(states: WorkloadState[]) => void>();

  update(states: WorkloadState[]): void {
    this.#current = states;
    for (const listener of this.#listeners) listener(states);
  }

  /** Calls back with the current states at once and with every later ones. Returns how to end that. */
  subscribe(listener: (states: WorkloadState[]) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#current);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when the condition holds, or when `signal` aborts (at once when it has: an aborted signal tells nobody any more). */
  async until(condition: (states: WorkloadState[]) => boolean, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const finish = (): void => resolve(undefined);
    const unsubscribe = this.subscribe((states) => {
      if (condition(states)) finish();
    });
    if (signal.aborted) finish();
    signal.addEventListener('abort', finish, { once: true });
    await promise;
    signal.removeEventListener('abort', finish);
    unsubscribe();
  }
}
