/**
 * What a VirtualService rule asks for besides a destination, gathered. Each part is compiled by a file of its own.
 */
import { compileCors } from './cors-policy.ts';
import type { RouteContext } from './destinations.ts';
import { compileFault } from './fault-policy.ts';
import type { HttpRule } from '@hikyaku/resources';
import { compileMirrors } from './mirror-policies.ts';
import type { RoutePolicies } from './route-policies.ts';

/** Undefined when the rule asks for nothing. */
export function compilePolicies(rule: HttpRule, context: RouteContext): RoutePolicies | undefined {
  const warn = (message: string) => context.warn(message);
  const cors = compileCors(rule.corsPolicy, warn);
  const fault = compileFault(rule.fault, warn);
  const mirrors = compileMirrors(rule, context);
  const policies = { ...(cors && { cors }), ...(fault && { fault }), ...(mirrors.length > 0 && { mirrors }) };
  return Object.keys(policies).length === 0 ? undefined : policies;
}
