/** ROUND_ROBIN: each endpoint in turn, whatever the load; by weight where weights differ. */
import type { Balancer, Candidate, Choice } from './balancer.ts';
import { WeightedTurns } from './weighted-turns.ts';

export class RoundRobin<T extends Candidate> implements Balancer<T> {
  #turn = 0;
  readonly #turns = new WeightedTurns<T>();

  pick({ endpoints, isEven }: Choice<T>): T | undefined {
    if (isEven) return endpoints[this.#turn++ % endpoints.length];
    return this.#turns.next(endpoints, ({ weight }) => weight);
  }
}
