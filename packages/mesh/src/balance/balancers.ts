/**
 * The balancers a DestinationRule may choose among, behind one interface. Which one a cluster has is said by its snapshot.
 */
import { leastRequest } from './least-request.ts';
import type { Loaded } from './least-request.ts';

/** By their names in Istio. */
export type LoadBalancing = 'LEAST_REQUEST' | 'ROUND_ROBIN' | 'RANDOM';

/** Picks among `candidates` one not in `except`, or undefined when there is none; `turn` grows by one with every pick of a cluster. */
export type Balancer = <T extends Loaded>(candidates: readonly T[], turn: number, except?: ReadonlySet<T>) => T | undefined;

export const balancers: Readonly<Record<LoadBalancing, Balancer>> = {
  LEAST_REQUEST: leastRequest,
  ROUND_ROBIN: roundRobin,
  RANDOM: random,
};

/** Whatever the load. */
function roundRobin<T extends Loaded>(candidates: readonly T[], turn: number, except?: ReadonlySet<T>): T | undefined {
  const allowed = open(candidates, except);
  return allowed[turn % allowed.length];
}

function random<T extends Loaded>(candidates: readonly T[], _turn: number, except?: ReadonlySet<T>): T | undefined {
  const allowed = open(candidates, except);
  return allowed[Math.floor(Math.random() * allowed.length)];
}

function open<T>(candidates: readonly T[], except: ReadonlySet<T> | undefined): readonly T[] {
  return except === undefined || except.size === 0 ? candidates : candidates.filter((candidate) => !except.has(candidate));
}
