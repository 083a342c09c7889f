/**
 * The one place where filters are stacked: those that a route asks for, in the order a request meets them.
 */
import { byIdentity } from '../routing/by-identity.ts';
import type { RoutePolicies } from '../snapshot/route-policies.ts';
import { corsFilter } from './cors.ts';
import { faultFilter } from './fault.ts';
import type { Filter } from './filter.ts';

/** The policies of a route are the same object for every request, so what is made of them is made once. */
export const filtersOf = byIdentity(stacked);

function stacked({ cors, fault }: RoutePolicies): Filter[] {
  return [
    // A browser must be able to ask whether it may, whatever else the route does.
    ...(cors === undefined ? [] : [corsFilter(cors)]),
    ...(fault === undefined ? [] : [faultFilter(fault, Math.random)]),
  ];
}
