/**
 * The one place where filters are stacked, in the order a request meets them: those of the gateway and of the route, then what stands
 * before the destination.
 */
import { byIdentity } from '../routing/by-identity.ts';
import type { RoutePolicies } from '../snapshot/route-policies.ts';
import { corsFilter } from './cors.ts';
import { faultFilter } from './fault.ts';
import type { Filter, RoutedRequest } from './filter.ts';
import type { Guards } from './guards.ts';

export function filtersFor({ decision, isEdge }: RoutedRequest, guards: Guards | undefined): readonly Filter[] {
  const { policies } = decision;
  const limit = isEdge ? guards?.limitAtGateway(policies?.rateLimits) : undefined;
  const entrance = guards?.atDestination(decision);
  const { first, last } = policies === undefined ? noFilters : routeFilters(policies);
  if (limit === undefined && entrance === undefined && last.length === 0) return first;
  return [
    ...first,
    ...(limit === undefined ? none : [limit]),
    ...last,
    // The destination's own door and limits: a request that a fault ended never gets here.
    ...(entrance === undefined ? none : [entrance]),
  ];
}

/** Around the rate limit. */
interface RouteFilters {
  first: readonly Filter[];
  last: readonly Filter[];
}

const none: readonly Filter[] = [];
const noFilters: RouteFilters = { first: none, last: none };

/** The policies of a route are the same object for every request, so what is made of them is made once. */
const routeFilters = byIdentity(({ cors, fault }: RoutePolicies): RouteFilters => ({
  // A browser must be able to ask whether it may, whatever else the route does.
  first: cors === undefined ? none : [corsFilter(cors)],
  last: fault === undefined ? none : [faultFilter(fault, Math.random)],
}));
