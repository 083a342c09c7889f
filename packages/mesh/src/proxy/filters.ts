/**
 * The one place where filters are stacked: those that a route asks for, in the order a request meets them.
 */
import type { RoutePolicies } from '../snapshot/route-policies.ts';
import { faultFilter } from './fault.ts';
import type { Filter } from './filter.ts';

export function filtersOf({ fault }: RoutePolicies): readonly Filter[] {
  return fault === undefined ? [] : [faultFilter(fault, Math.random)];
}
