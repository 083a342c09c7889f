/**
 * One VirtualService as routes: names resolved to clusters, Istio's defaults filled in.
 */
import type { HttpRule, VirtualService } from '@hikyaku/resources';
import { effectiveRules } from './delegates.ts';
import type { Delegates } from './delegates.ts';
import type { RouteContext } from './destinations.ts';
import { compileHeaderOperations } from './header-operations.ts';
import { compileMatches } from './matches.ts';
import { memoized } from './memo.ts';
import { compilePolicies } from './policies.ts';
import { compileAction } from './route-action.ts';
import type { Route } from './snapshot.ts';

export function compileRoutes(virtualService: VirtualService, context: RouteContext & { delegates: Delegates }): Route[] {
  const { delegates, ...place } = context;
  return effectiveRules(virtualService, delegates, (message) => context.warn(message)).flatMap(({ rule, namespace, routeName }) =>
    compileRule(rule, { ...place, namespace, routeName }),
  );
}

/** A rule for a place is compiled once, until something it names changes. */
const compileRule = memoized(compileRuleAnew);

/** One route, or none when the rule can match nothing there or leads nowhere. */
function compileRuleAnew(rule: HttpRule, context: RouteContext & { routeName: string }): Route[] {
  const { routeName: name } = context;
  const warn = (message: string) => context.warn(`${name}: ${message}`);
  const own = { ...context, warn };
  const matches = compileMatches(rule, own, warn);
  if (matches === undefined) return [];
  const action = compileAction(rule, own);
  if (action === undefined) return [];
  const headers = compileHeaderOperations(rule.headers, warn);
  const policies = compilePolicies(rule, own);
  return [{ name, matches, action, ...(headers && { headers }), ...(policies && { policies }) }];
}
