/**
 * Time limits of connections, looked at twice a second for all of them together: thousands of timers that nearly never fire cost
 * more than the requests they guard. Limits are therefore kept to half a second; what must be exact has a timer of its own.
 */

const tickMs = 500;

export interface Expiring {
  /** On the clock of the `Deadlines` it is watched by; Infinity for none. */
  deadline: number;
  /** Called once the deadline has passed; with the deadline set to Infinity. */
  expire(): void;
}

export class Deadlines {
  /** Milliseconds, as of the last tick; right as long as anything is watched, so begin to watch before reading it. */
  now = performance.now();
  readonly #watched = new Set<Expiring>();
  #timer: NodeJS.Timeout | undefined;

  watch(expiring: Expiring): void {
    this.#watched.add(expiring);
    if (this.#timer !== undefined) return;
    this.now = performance.now();
    this.#timer = setInterval(() => this.#tick(), tickMs).unref();
  }

  forget(expiring: Expiring): void {
    this.#watched.delete(expiring);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.now = performance.now();
    for (const expiring of this.#watched) {
      if (expiring.deadline > this.now) continue;
      expiring.deadline = Infinity;
      expiring.expire();
    }
  }
}
