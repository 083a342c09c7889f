/**
 * One VirtualService as routes: names resolved to clusters, Istio's defaults filled in.
 */
import type { HttpRule, VirtualService } from '@hikyaku/resources';
import { routeName, rulesDelegated } from './delegates.ts';
import type { Delegates } from './delegates.ts';
import type { RouteContext } from './destinations.ts';
import { compileHeaderOperations } from './header-operations.ts';
import type { ListMemo } from './list-memo.ts';
import { compileMatches } from './matches.ts';
import { memoized } from './memo.ts';
import { nameOf } from './names.ts';
import { compilePolicies } from './policies.ts';
import { compileAction } from './route-action.ts';
import type { Route } from './snapshot.ts';

/** What was compiled before. */
export type RouteMemory = ListMemo<HttpRule, Route[]>;

export interface RoutesContext extends RouteContext {
  delegates: Delegates;
  memory: RouteMemory;
}

export function compileRoutes(virtualService: VirtualService, { delegates, memory, ...place }: RoutesContext): Route[] {
  const rules = virtualService.spec?.http ?? [];
  const listName = `${nameOf(virtualService)} at ${place.gateway}:${place.port}`;
  const own = memory.each(listName, rules, place, (rule, index, context) =>
    rule.delegate === undefined ? compileRuleAnew(rule, { ...context, routeName: routeName(virtualService, index) }) : [],
  );
  if (rules.every(({ delegate }) => delegate === undefined)) return own.flat();
  const warn = (message: string) => place.warn(message);
  return rules.flatMap((rule, index) => {
    if (rule.delegate === undefined) return own[index] ?? [];
    const effective = rulesDelegated(virtualService, index, delegates, warn);
    return effective.flatMap((each) => compileDelegated(each.rule, { ...place, ...each }));
  });
}

/** Their names are not told by their place in the list. */
const compileDelegated = memoized((rule: HttpRule, context: RouteContext & { routeName: string }) =>
  compileRuleAnew(rule, context),
);

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
