/**
 * A response time that remembers: rises at once to a slower answer, sinks slowly with faster ones and with time, so that an endpoint that
 * was slow is tried again after a while.
 */

/** In which the memory of a value sinks to about a third. */
const decayMs = 10_000;

export class PeakEwma {
  #value = 0;
  #at = 0;

  /** `now` is any clock in milliseconds that does not go back. */
  observe(valueMs: number, now: number): void {
    const before = this.at(now);
    const weight = Math.exp(-(now - this.#at) / decayMs);
    this.#value = valueMs > before ? valueMs : before * weight + valueMs * (1 - weight);
    this.#at = now;
  }

  /** In milliseconds; 0 before anything was observed. */
  at(now: number): number {
    return this.#value * Math.exp(-(now - this.#at) / decayMs);
  }
}
