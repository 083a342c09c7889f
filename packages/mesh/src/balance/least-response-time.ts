/**
 * Least response time, which Istio has no name for and an annotation asks for here: of two endpoints taken at random the one that is
 * likely to answer first. That is its recent response time times the requests that are before this one (peak EWMA, as in Finagle and
 * Linkerd), by weight.
 *
 * An endpoint of which nothing is known gets one request at a time until it has answered.
 */
import type { Balancer, Candidate, Choice } from './balancer.ts';

/** Above any real response time. */
const unknownMs = 1e9;

export class LeastResponseTime<T extends Candidate> implements Balancer<T> {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  pick({ endpoints }: Choice<T>): T | undefined {
    const one = Math.floor(this.#random() * endpoints.length);
    const other = one + 1 + Math.floor(this.#random() * (endpoints.length - 1));
    const [a, b] = [endpoints[one], endpoints[other % endpoints.length]];
    return a !== undefined && b !== undefined && costOf(b) < costOf(a) ? b : a;
  }
}

function costOf({ responseTimeMs, active, weight }: Candidate): number {
  if (responseTimeMs === 0) return active === 0 ? 0 : unknownMs * active;
  return (responseTimeMs * (active + 1)) / weight;
}
