/**
 * LEAST_REQUEST, Istio's default. As Envoy does: of two endpoints taken at random the one with fewer requests in flight, which keeps many
 * proxies from storming the same idle endpoint; where weights differ, turns by weight divided by load.
 *
 * Envoy may take the same endpoint twice. Here the two are always different, so that with two replicas the idle one is always found.
 */
import { twoOf } from './balancer.ts';
import type { Balancer, Candidate, Choice } from './balancer.ts';
import { WeightedTurns } from './weighted-turns.ts';

export class LeastRequest<T extends Candidate> implements Balancer<T> {
  readonly #random: () => number;
  readonly #turns = new WeightedTurns<T>();

  constructor(random: () => number) {
    this.#random = random;
  }

  pick({ endpoints, isEven }: Choice<T>): T | undefined {
    if (!isEven) return this.#turns.next(endpoints, ({ weight, active }) => weight / (active + 1));
    const [one, other] = twoOf(endpoints.length, this.#random);
    const [a, b] = [endpoints[one], endpoints[other]];
    return a !== undefined && b !== undefined && b.active < a.active ? b : a;
  }
}
