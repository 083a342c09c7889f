/**
 * Turns by weight, spread out: of weights 5, 1, 1 the first is not served five times in a row. What nginx calls smooth weighted round robin.
 * Every turn each endpoint gains its weight; the one that has most is served and pays the sum. Weights may change between turns.
 */

export class WeightedTurns<T extends object> {
  readonly #credit = new WeakMap<T, number>();

  /** `weightOf` is above 0. */
  next(endpoints: readonly T[], weightOf: (endpoint: T) => number): T | undefined {
    let best: T | undefined;
    let most = -Infinity;
    let sum = 0;
    for (const endpoint of endpoints) {
      const weight = weightOf(endpoint);
      const credit = (this.#credit.get(endpoint) ?? 0) + weight;
      this.#credit.set(endpoint, credit);
      sum += weight;
      if (credit <= most) continue;
      best = endpoint;
      most = credit;
    }
    if (best !== undefined) this.#credit.set(best, most - sum);
    return best;
  }
}
