/**
 * Which endpoints are near a caller: the levels they form, the nearest first, and within a level the shares of places. Pure.
 *
 *   failover     same subzone › same zone › same region › the region that failover names › the rest
 *   priority     all labels hold › all but the last › … › the rest
 *   distribute   one level, each place with the weight the rule gives it
 */
import type { LocalityPolicy } from '../snapshot/cluster-policies.ts';

/** Where something runs, and what it is labelled with, as far as a policy asks. */
export interface Placed {
  /** `region/zone/subzone`; any part may be missing. */
  readonly locality?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Endpoints that share one balancer; `weight` is relative to the other places of the level. */
export interface Place<T> {
  weight: number;
  endpoints: T[];
}

export type Level<T> = Place<T>[];

/** Never empty when there are endpoints. A caller of whom nothing is known, or whom no rule is for, is near to all of them. */
export function levelsFor<T extends Placed>(endpoints: readonly T[], policy: LocalityPolicy, caller: Placed): Level<T>[] {
  switch (policy.kind) {
    case 'distribute':
      return [distributed(endpoints, policy, caller)];
    case 'failover':
      if (caller.locality === undefined) return [[{ weight: 1, endpoints: [...endpoints] }]];
      return ranked(endpoints, distanceFrom(caller.locality, policy));
    case 'priority':
      return ranked(endpoints, ({ labels }) => missing(policy.labels, labels ?? {}, caller.labels ?? {}));
  }
}

function ranked<T>(endpoints: readonly T[], rankOf: (endpoint: T) => number): Level<T>[] {
  const byRank = Map.groupBy(endpoints, rankOf);
  return [...byRank].sort(([a], [b]) => a - b).map(([, own]) => [{ weight: 1, endpoints: own }]);
}

function distanceFrom(locality: string, { failover = [] }: Extract<LocalityPolicy, { kind: 'failover' }>) {
  const [region, zone, subzone] = locality.split('/');
  const target = failover.find(({ from }) => from === region)?.to;
  return (endpoint: Placed): number => {
    const [ownRegion, ownZone, ownSubzone] = (endpoint.locality ?? '').split('/');
    if (ownRegion !== region) return target === undefined || ownRegion === target ? 3 : 4;
    if (ownZone !== zone) return 2;
    return ownSubzone === subzone ? 0 : 1;
  };
}

/** How many labels are left when the first does not hold; those behind it count for nothing. */
function missing(
  wanted: readonly string[],
  own: Readonly<Record<string, string>>,
  caller: Readonly<Record<string, string>>,
): number {
  const held = wanted.findIndex((label) => {
    const [key = '', value] = label.split('=', 2);
    return own[key] !== (value ?? caller[key]);
  });
  return held === -1 ? 0 : wanted.length - held;
}

function distributed<T extends Placed>(
  endpoints: readonly T[],
  { rules }: Extract<LocalityPolicy, { kind: 'distribute' }>,
  { locality }: Placed,
): Level<T> {
  const rule = locality === undefined ? undefined : rules.find(({ from }) => covers(from, locality));
  if (rule === undefined) return [{ weight: 1, endpoints: [...endpoints] }];
  const ownerOf = (endpoint: T) => rule.to.find((place) => covers(place.locality, endpoint.locality ?? ''));
  const places = Map.groupBy(endpoints, ownerOf);
  return rule.to.flatMap((place) => {
    const own = places.get(place) ?? [];
    return own.length === 0 || place.weight === 0 ? [] : [{ weight: place.weight, endpoints: own }];
  });
}

/** `us-west/*` covers all zones of the region; a pattern shorter than the locality covers what lies within it. */
function covers(pattern: string, locality: string): boolean {
  const own = locality.split('/');
  for (const [index, part] of pattern.split('/').entries()) {
    if (part === '*') return true;
    if (part !== (own[index] ?? '')) return false;
  }
  return true;
}
