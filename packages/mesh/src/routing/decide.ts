/**
 * The routing decision: a compiled snapshot and a request head in, what to do with the request out. Pure: no I/O, no clock, and
 * the one random number it needs is given to it.
 */
import { defaultRetry } from '../resilience/retry.ts';
import type { HeaderChanges, HeaderOperations, RoutePolicies } from '../snapshot/route-policies.ts';
import type { Caller, Destination, RequestMatch, RetryPolicy, Route, RouteAction, Snapshot } from '../snapshot/snapshot.ts';
import { isLoopbackName } from './authority.ts';
import { domainAmong } from './domains.ts';
import { byIdentity } from './by-identity.ts';
import { compileTcpRules } from './decide-connection.ts';
import type { TcpRules } from './decide-connection.ts';
import { compileMatch, matchAll } from './match.ts';
import type { CompiledMatch, RequestHead } from './match.ts';
import { locationOf } from './redirect.ts';
import { compilePathRewrite } from './rewrite.ts';
import type { PathRewrite } from './rewrite.ts';
import { pickDestination } from './weights.ts';
import { indexRoutes } from './route-index.ts';
import type { RouteIndex } from './route-index.ts';

export type Decision =
  | ForwardDecision
  | ({ kind: 'redirect'; status: number; location: string } & DecidedPolicies)
  | ({ kind: 'respond'; status: number; body?: string; base64?: string } & DecidedPolicies)
  | RefuseDecision;

/** Nothing serves this request; `detail` says why, for the person who sent it. */
export interface RefuseDecision {
  kind: 'refuse';
  status: 404 | 421 | 500;
  detail: string;
}

/** What happens besides, whatever the request comes to. */
export interface DecidedPolicies {
  /** What the route asks for besides: the snapshot's own object, the same for every request. Absent: nothing. */
  policies?: RoutePolicies;
  /** In the order in which they are carried out; also on what the proxy answers in place of the upstream. */
  responseHeaders?: readonly HeaderChanges[];
}

export interface ForwardDecision extends DecidedPolicies {
  kind: 'forward';
  /** Where the rule was written. */
  route: string;
  /** Key of the cluster; the snapshot may hold none by that key. */
  cluster: string;
  /** Path and query to ask the upstream for. */
  target: string;
  /** Replaces the Host header when given. */
  authority?: string;
  timeoutMs?: number;
  retry: RetryPolicy;
  /** In the order in which they are carried out. */
  requestHeaders?: readonly HeaderChanges[];
}

/** A snapshot made ready to be asked. Built once per snapshot. */
export interface RouteTable {
  /** Domains as in the snapshot: exact names, `*.suffix` and `*`. */
  byDomain: ReadonlyMap<string, RuleSet>;
  /** Rules for calls between services, by cluster key. */
  byService: ReadonlyMap<string, RuleSet>;
  /** Those that go before them for callers of one namespace. */
  byCaller: ReadonlyMap<string, ReadonlyMap<string, RuleSet>>;
  /** Rules for connections that are carried as bytes. */
  byConnection: TcpRules;
  /** By address; empty where no rule asks who calls. */
  callers: ReadonlyMap<string, Caller>;
}

export const emptyRouteTable: RouteTable = {
  byDomain: new Map(),
  byService: new Map(),
  byCaller: new Map(),
  byConnection: new Map(),
  callers: new Map(),
};

/** The rules of one domain or Service; every alternative of a rule is an entry of its own, in order. */
interface RuleSet {
  entries: Entry[];
  index: RouteIndex;
}

interface Entry {
  route: Route;
  match: CompiledMatch;
  rewritePath: PathRewrite | undefined;
  /** The decision for each destination, but for what depends on the request. */
  forwards: readonly (ForwardDecision | RefuseDecision)[];
}

type Rules = Pick<Snapshot, 'virtualHosts' | 'serviceRoutes' | 'callerRoutes' | 'tcpRoutes' | 'callers'>;

export function compileRouteTable({
  virtualHosts,
  serviceRoutes,
  callerRoutes = {},
  tcpRoutes = {},
  callers = {},
}: Rules): RouteTable {
  return {
    byDomain: new Map(virtualHosts.map(({ domain, routes }) => [domain, compileRules(routes)])),
    byService: compileServices(serviceRoutes),
    byCaller: new Map(Object.entries(callerRoutes).map(([namespace, routes]) => [namespace, compileServices(routes)])),
    byConnection: compileTcpRules(tcpRoutes),
    callers: new Map(Object.entries(callers)),
  };
}

function compileServices(routes: Snapshot['serviceRoutes']): Map<string, RuleSet> {
  return new Map(Object.entries(routes).map(([cluster, own]) => [cluster, compileRules(own)]));
}

/** Rules that are the same objects as in the snapshot before are not compiled again: snapshots are never written to. */
const compileRules = byIdentity((routes: readonly Route[]): RuleSet => {
  const matches = routes.flatMap(alternativesOf);
  return { entries: routes.flatMap(compileRoute), index: indexRoutes(matches) };
});

const compileRoute = byIdentity((route: Route): Entry[] => {
  const forwards = forwardsOf(route);
  return alternativesOf(route).map((alternative) => {
    const match = alternative === undefined ? matchAll : compileMatch(alternative);
    return { route, match, rewritePath: pathRewriteOf(route.action, match), forwards };
  });
});

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

/** A rule without matches has one alternative, without conditions. */
function alternativesOf({ matches }: Route): (RequestMatch | undefined)[] {
  return matches.length === 0 ? [undefined] : matches;
}

/** For a request at the gateway. `random` is uniform in [0, 1) and picks among weighted destinations. */
export function decide(table: RouteTable, head: RequestHead, random: number): Decision {
  const domain = domainOf(table, head.host);
  if (domain === '*' && !isMeantForHere(head)) return misdirected(head.host);
  const rules = domain === undefined ? undefined : table.byDomain.get(domain);
  return (rules && firstMatch(rules, head, random)) ?? { kind: 'refuse', status: 404, detail: whyNoRoute(domain, head) };
}

/** For a request at the address of a Service: by its rules, or straight to its endpoints when it has none. */
export function decideForService(table: RouteTable, cluster: string, asked: RequestHead, random: number): Decision {
  const head = withCaller(asked, table.callers);
  const rules = table.byCaller.get(head.caller?.namespace ?? '')?.get(cluster) ?? table.byService.get(cluster);
  // Without rules there is none that a strange path could slip past: it goes through as it was sent.
  if (rules === undefined)
    return { kind: 'forward', route: `Service ${cluster}`, cluster, target: head.target, retry: defaultRetry };
  const detail = `No rule for calls to ${cluster} matches ${head.method} ${head.path}.`;
  return firstMatch(rules, head, random) ?? { kind: 'refuse', status: 404, detail };
}

/** Most systems have no rule that asks, and then nothing is looked up. */
function withCaller(head: RequestHead, callers: RouteTable['callers']): RequestHead {
  if (callers.size === 0 || head.caller !== undefined) return head;
  const caller = callers.get(head.remoteAddress ?? '');
  return caller === undefined ? head : { ...head, caller };
}

function firstMatch({ entries, index }: RuleSet, head: RequestHead, random: number): Decision | undefined {
  for (const position of index.candidates(head.path)) {
    const entry = entries[position];
    if (entry?.match.matches(head) === true) return act(entry, head, random);
  }
  return undefined;
}

/** The domain of the table whose rules are asked. */
export function domainOf({ byDomain }: RouteTable, host: string): string | undefined {
  return domainAmong(byDomain, host);
}

/** What `*` serves must not be read by a page of some other site. Over TLS its name would have to be in our certificate. */
function isMeantForHere({ host, scheme }: RequestHead): boolean {
  return scheme === 'https' || isLoopbackName(host);
}

function misdirected(host: string): Decision {
  const detail = `The gateway serves localhost and the hosts its Gateways name; ${host} is neither. Add it to a Gateway's hosts to serve it.`;
  return { kind: 'refuse', status: 421, detail };
}

function whyNoRoute(domain: string | undefined, head: RequestHead): string {
  if (domain === undefined) return `No route bound to a Gateway serves the host ${head.host}.`;
  return `No rule for the host ${head.host} matches ${head.method} ${head.path}.`;
}

function act({ route, match, rewritePath, forwards }: Entry, head: RequestHead, random: number): Decision {
  const { action } = route;
  if (action.kind === 'redirect') {
    return { kind: 'redirect', status: action.status, location: locationOf(action, head, match.prefix), ...policiesOf(route) };
  }
  if (action.kind === 'respond') return { ...action, ...policiesOf(route) };
  const forward = forwards.length === 1 ? forwards[0] : forwards[pickDestination(action.destinations, random)];
  if (forward === undefined) throw new RangeError('a forward action needs a destination');
  if (forward.kind === 'refuse') return forward;
  return { ...forward, target: (rewritePath === undefined ? head.path : rewritePath(head.path)) + head.query };
}

function policiesOf(route: Route, destination?: Destination): DecidedPolicies {
  const responseHeaders = changesOf('response', route, destination);
  return { ...(route.policies && { policies: route.policies }), ...(responseHeaders && { responseHeaders }) };
}

/** The destination's before the route's, which therefore has the last word: Envoy's order. */
function changesOf(side: keyof HeaderOperations, { headers }: Route, destination?: Destination): HeaderChanges[] | undefined {
  if (headers?.[side] === undefined && destination?.headers?.[side] === undefined) return undefined;
  return [destination?.headers?.[side], headers?.[side]].filter((changes) => changes !== undefined);
}
