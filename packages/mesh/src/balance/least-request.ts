/**
 * Istio's default balancer, LEAST_REQUEST: the endpoint with the fewest requests in flight. Among equals the turn goes round, so
 * that sequential requests spread too. With the handful of replicas of one machine all are looked at; Envoy samples two.
 */

/** Anything that can be counted on. */
export interface Loaded {
  /** Requests or connections in flight. */
  active: number;
}

/** Picks among `candidates` those not in `except`; `turn` is any counter that grows with every pick. */
export function leastRequest<T extends Loaded>(candidates: readonly T[], turn: number, except?: ReadonlySet<T>): T | undefined {
  let best: T | undefined;
  for (let offset = 0; offset < candidates.length; offset++) {
    const candidate = candidates[(turn + offset) % candidates.length];
    if (candidate === undefined || except?.has(candidate) === true) continue;
    if (best === undefined || candidate.active < best.active) best = candidate;
  }
  return best;
}
