/**
 * One HTTPRoute or GRPCRoute as routes of the snapshot, one for each match, so that those of all routes can be put in their order of
 * precedence.
 */
import { parseDurationMs } from '@hikyaku/resources';
import type { HTTPRouteRetry, HTTPRouteRule, RouteFilter, RouteRule } from '@hikyaku/resources';
import { defaultRetry } from '../../resilience/retry.ts';
import { memoized } from '../memo.ts';
import type { Context } from '../memo.ts';
import { nameOf } from '../names.ts';
import type { MirrorPolicy, RoutePolicies } from '../route-policies.ts';
import type { Destination, RequestMatch, RetryPolicy, Route, RouteAction } from '../snapshot.ts';
import { resolveBackend } from './backends.ts';
import type { BackendContext } from './backends.ts';
import { corsOf } from './cors.ts';
import { headersOf, redirectOf, rewriteOf } from './filters.ts';
import { grpcMatch, httpMatch } from './matches.ts';
import { isGrpcRoute } from './resources.ts';
import type { GatewayApiRoute, RouteFinding } from './resources.ts';

export type RuleContext = Context & BackendContext;

export interface CompiledRoute {
  /** Each with exactly one match; in the order they are written. */
  routes: (Route & { matches: [RequestMatch] })[];
  /** What of the route does not hold. */
  findings: RouteFinding[];
}

/** Of either kind of route. */
interface Rule extends RouteRule {
  timeouts?: HTTPRouteRule['timeouts'];
  retry?: HTTPRouteRule['retry'];
  /** Each throws when it cannot be read. */
  readMatches: (() => RequestMatch)[];
}

interface RulePlace {
  route: GatewayApiRoute;
  /** `HTTPRoute default/shop, rule 2 (orders)`. */
  name: string;
  segments: (string | number)[];
  context: RuleContext;
  find: (finding: RouteFinding) => void;
}

export const compileRoute = memoized(compileAfresh);

function compileAfresh(route: GatewayApiRoute, context: RuleContext): CompiledRoute {
  const findings: RouteFinding[] = [];
  const routes = rulesOf(route).flatMap((rule, index) => {
    const label = rule.name === undefined || rule.name === '' ? '' : ` (${rule.name})`;
    const name = `${route.kind} ${nameOf(route)}, rule ${index + 1}${label}`;
    const find = (finding: RouteFinding) => {
      findings.push(finding);
      context.warn(`${name}: ${finding.message}`);
    };
    return compileRule(rule, { route, name, segments: ['spec', 'rules', index], context, find });
  });
  return { routes, findings };
}

/** Without rules an HTTPRoute has one without matches, and without matches a rule has one that every request meets. */
function rulesOf(route: GatewayApiRoute): Rule[] {
  if (isGrpcRoute(route))
    return (route.spec?.rules ?? []).map(({ matches, ...rule }) => ({
      ...rule,
      readMatches: atLeastOne(matches).map((match) => () => grpcMatch(match)),
    }));
  return (route.spec?.rules ?? [{}]).map(({ matches, ...rule }) => ({
    ...rule,
    readMatches: atLeastOne(matches).map((match) => () => httpMatch(match)),
  }));
}

function compileRule(rule: Rule, place: RulePlace): CompiledRoute['routes'] {
  const { name, context } = place;
  const filters = rule.filters ?? [];
  const warn = (message: string) => context.warn(`${name}: ${message}`);
  const action = unsupportedFilter(filters, place) ?? redirectOf(filters) ?? forwardAction(rule, place);
  const headers = headersOf(filters, warn);
  const policies = policiesOf(filters, place);
  return matchesOf(rule, place).map((match) => ({
    name,
    matches: [match],
    action,
    ...(headers && { headers }),
    ...(policies && { policies }),
  }));
}

function policiesOf(filters: readonly RouteFilter[], place: RulePlace): RoutePolicies | undefined {
  const { name, context } = place;
  const written = filters.find(({ cors }) => cors !== undefined)?.cors;
  const cors = written && corsOf(written, (message) => context.warn(`${name}: ${message}`));
  const mirrors = filters.flatMap((filter, index) => mirrorOf(filter, index, place));
  if (cors === undefined && mirrors.length === 0) return undefined;
  return { ...(cors && { cors }), ...(mirrors.length > 0 && { mirrors }) };
}

/** A copy that cannot be sent is not sent; the request itself goes on. */
function mirrorOf({ requestMirror }: RouteFilter, index: number, { route, segments, context, find }: RulePlace): MirrorPolicy[] {
  if (requestMirror === undefined) return [];
  const { backendRef, percent, fraction } = requestMirror;
  const { cluster, problem } = resolveBackend(backendRef, route, context);
  const place = [...segments, 'filters', index, 'requestMirror', 'backendRef'];
  if (problem) find({ condition: 'ResolvedRefs', ...problem, segments: place });
  const share = percent ?? (fraction === undefined ? 100 : (100 * fraction.numerator) / (fraction.denominator ?? 100));
  return problem !== undefined || share <= 0 ? [] : [{ cluster, percent: share }];
}

/** A filter that is not known must not be passed over: the requests that it was for are refused. */
function unsupportedFilter(filters: readonly RouteFilter[], { name, segments, find }: RulePlace): RouteAction | undefined {
  const index = filters.findIndex(({ type }) => type === 'ExtensionRef');
  const reference = filters[index]?.extensionRef;
  if (reference === undefined) return undefined;
  const message = `filter ${reference.kind}.${reference.group} is not known here, so its requests are answered with 500`;
  find({ condition: 'PartiallyInvalid', reason: 'UnsupportedValue', message, segments: [...segments, 'filters', index] });
  return { kind: 'respond', status: 500, body: `${name}: ${message}.\n` };
}

function matchesOf({ readMatches }: Rule, { segments, find }: RulePlace): RequestMatch[] {
  return readMatches.flatMap((read, index) => {
    try {
      return [read()];
    } catch (error) {
      const message = `never matches: ${error instanceof Error ? error.message : String(error)}`;
      find({ condition: 'PartiallyInvalid', reason: 'UnsupportedValue', message, segments: [...segments, 'matches', index] });
      return [];
    }
  });
}

function forwardAction(rule: Rule, place: RulePlace): RouteAction {
  const destinations = destinationsOf(rule, place);
  if (destinations.length === 0)
    return { kind: 'respond', status: 500, body: `${place.name} has no backend with a weight above 0.\n` };
  const rewrite = rewriteOf(rule.filters ?? []);
  const timeoutMs = positiveMs(rule.timeouts?.request);
  return {
    kind: 'forward',
    destinations,
    ...(rewrite && { rewrite }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    retry: retryOf(rule),
  };
}

/** Those that can be reached come first, so that whoever asks for one gets such a one. */
function destinationsOf(rule: Rule, { route, name, segments, context, find }: RulePlace): Destination[] {
  const destinations = (rule.backendRefs ?? []).flatMap((reference, index): Destination[] => {
    const { cluster, problem } = resolveBackend(reference, route, context);
    const { weight = 1, filters = [] } = reference;
    if (problem) find({ condition: 'ResolvedRefs', ...problem, segments: [...segments, 'backendRefs', index] });
    if (weight <= 0) return [];
    const headers = headersOf(filters, (message) => context.warn(`${name}: ${message}`));
    return [{ cluster, weight, ...(headers && { headers }), ...(problem && { invalid: problem.message }) }];
  });
  return [
    ...destinations.filter(({ invalid }) => invalid === undefined),
    ...destinations.filter(({ invalid }) => invalid !== undefined),
  ];
}

function retryOf({ timeouts, retry }: Rule): RetryPolicy {
  const perTryTimeoutMs = positiveMs(timeouts?.backendRequest);
  const policy = retry === undefined ? defaultRetry : writtenRetry(retry);
  return perTryTimeoutMs === undefined ? policy : { ...policy, perTryTimeoutMs };
}

/** What never reached the backend, or was refused by it unprocessed, is asked again whatever `codes` are named. */
function writtenRetry({ attempts = 1, backoff, codes = [] }: HTTPRouteRetry): RetryPolicy {
  const backoffMs = positiveMs(backoff);
  return {
    attempts,
    retryOn: ['connect-failure', 'refused-stream', ...codes.map(String)],
    ...(backoffMs !== undefined && { backoffMs }),
  };
}

/** 0 turns a timeout off. */
function positiveMs(duration: string | undefined): number | undefined {
  const durationMs = duration === undefined ? 0 : parseDurationMs(duration);
  return durationMs > 0 ? durationMs : undefined;
}

function atLeastOne<T>(matches: readonly T[] = []): readonly (T | Record<string, never>)[] {
  return matches.length === 0 ? [{}] : matches;
}
