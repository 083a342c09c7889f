/**
 * LEAST_REQUEST, Istio's default. As Envoy does: of two endpoints the one with fewer requests in flight, which keeps many proxies from
 * storming the same idle endpoint; where weights differ, turns by weight divided by load.
 *
 * Envoy takes both at random. Here one comes in turn and the other is always a different one: with two replicas the idle one is always
 * found, and requests one after the other spread evenly, as whoever watches a few replicas expects.
 */
import type { Balancer, Candidate, Choice } from './balancer.ts';
import { WeightedTurns } from './weighted-turns.ts';

export class LeastRequest<T extends Candidate> implements Balancer<T> {
  readonly #random: () => number;
  #turn = 0;
  readonly #turns = new WeightedTurns<T>();

  constructor(random: () => number) {
    this.#random = random;
  }

  pick({ endpoints, isEven }: Choice<T>): T | undefined {
    if (!isEven) return this.#turns.next(endpoints, ({ weight, active }) => weight / (active + 1));
    const { length } = endpoints;
    const one = this.#turn++ % length;
    const inTurn = endpoints[one];
    if (length < 2) return inTurn;
    const other = endpoints[(one + 1 + Math.floor(this.#random() * (length - 1))) % length];
    return inTurn !== undefined && other !== undefined && other.active < inTurn.active ? other : inTurn;
  }
}
