/**
 * The rules of one domain or Service made ready to be asked. What a rule comes to is prepared once, when the rule comes into force: requests then find
 * a decision that lacks nothing but what depends on them.
 */
import type { HeaderChanges, HeaderOperations } from '../snapshot/route-policies.ts';
import type { Destination, RequestMatch, Route, RouteAction } from '../snapshot/snapshot.ts';
import type { DecidedPolicies, ForwardDecision, RefuseDecision } from './decision.ts';
import { compileMatch, matchAll } from './match.ts';
import type { CompiledMatch } from './match.ts';
import { compilePathRewrite } from './rewrite.ts';
import type { PathRewrite } from './rewrite.ts';
import { indexRoutes } from './route-index.ts';
import type { RouteIndex } from './route-index.ts';

/** Every alternative of a rule is an entry of its own, in order. */
export interface RuleSet {
  entries: readonly Entry[];
  index: RouteIndex;
  routes: readonly Route[];
  /** The entries of each of the routes. */
  byRoute: readonly (readonly Entry[])[];
}

export interface Entry {
  route: Route;
  /** Absent: it has no conditions. */
  alternative: RequestMatch | undefined;
  match: CompiledMatch;
  rewritePath: PathRewrite | undefined;
  /** The decision for each destination, but for what depends on the request. */
  forwards: readonly (ForwardDecision | RefuseDecision)[];
}

/** After so many rules that were not there before, the others are taken to be new, too, unless they follow one that was. */
const searches = 16;

/** Rules that are the same objects as in `before` are not compiled again, wherever they have moved to. */
export function compileRules(routes: readonly Route[], before?: RuleSet): RuleSet {
  if (before?.routes === routes) return before;
  let next = 0;
  let missed = 0;
  const byRoute = routes.map((route) => {
    const known = before?.routes ?? [];
    const place = known[next] === route ? next : missed < searches ? known.indexOf(route) : -1;
    if (place === -1) missed++;
    else next = place + 1;
    return before?.byRoute[place] ?? compileRoute(route);
  });
  const entries = byRoute.flat();
  return { entries, index: indexRoutes(entries.map(({ alternative }) => alternative)), routes, byRoute };
}

function compileRoute(route: Route): Entry[] {
  const forwards = forwardsOf(route);
  // A rule without matches has one alternative, without conditions.
  const alternatives = route.matches.length === 0 ? [undefined] : route.matches;
  return alternatives.map((alternative) => {
    const match = alternative === undefined ? matchAll : compileMatch(alternative);
    return { route, alternative, match, rewritePath: pathRewriteOf(route.action, match), forwards };
  });
}

function forwardsOf(route: Route): Entry['forwards'] {
  const { name, action } = route;
  if (action.kind !== 'forward') return [];
  return action.destinations.map((destination): Entry['forwards'][number] => {
    if (destination.invalid !== undefined) return { kind: 'refuse', status: 500, detail: `${name}: ${destination.invalid}.` };
    const requestHeaders = changesOf('request', route, destination);
    const authority = destination.authority ?? action.rewrite?.authority;
    return {
      kind: 'forward',
      route: name,
      cluster: destination.cluster,
      target: '',
      ...(authority !== undefined && { authority }),
      ...(action.timeoutMs !== undefined && { timeoutMs: action.timeoutMs }),
      retry: action.retry,
      ...(requestHeaders && { requestHeaders }),
      ...policiesOf(route, destination),
    };
  });
}

function pathRewriteOf(action: RouteAction, { prefix }: CompiledMatch): PathRewrite | undefined {
  return action.kind === 'forward' && action.rewrite !== undefined ? compilePathRewrite(action.rewrite, prefix) : undefined;
}

export function policiesOf(route: Route, destination?: Destination): DecidedPolicies {
  const responseHeaders = changesOf('response', route, destination);
  return { ...(route.policies && { policies: route.policies }), ...(responseHeaders && { responseHeaders }) };
}

/** The destination's before the route's, which therefore has the last word: Envoy's order. */
function changesOf(side: keyof HeaderOperations, { headers }: Route, destination?: Destination): HeaderChanges[] | undefined {
  if (headers?.[side] === undefined && destination?.headers?.[side] === undefined) return undefined;
  return [destination?.headers?.[side], headers?.[side]].filter((changes) => changes !== undefined);
}
