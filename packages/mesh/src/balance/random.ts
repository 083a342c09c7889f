/** RANDOM: any endpoint, by weight where weights differ. */
import type { Balancer, Candidate, Choice } from './balancer.ts';

export class RandomChoice<T extends Candidate> implements Balancer<T> {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  pick({ endpoints, isEven }: Choice<T>): T | undefined {
    if (isEven) return endpoints[Math.floor(this.#random() * endpoints.length)];
    return byWeight(endpoints, this.#random());
  }
}

/** `random` is uniform in [0, 1). */
export function byWeight<T extends { readonly weight: number }>(items: readonly T[], random: number): T | undefined {
  let left = random * items.reduce((sum, { weight }) => sum + weight, 0);
  for (const item of items) {
    left -= item.weight;
    if (left < 0) return item;
  }
  return items.at(-1);
}
