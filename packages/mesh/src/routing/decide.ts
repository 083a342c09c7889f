/**
 * The routing decision: a compiled snapshot and a request head in, what to do with the request out. Pure: no I/O, no clock, and
 * the one random number it needs is given to it.
 */
import { defaultRetry } from '../resilience/retry.ts';
import type { Caller, Snapshot } from '../snapshot/snapshot.ts';
import { isLoopbackAddress, isLoopbackName } from './authority.ts';
import { domainAmong } from './domains.ts';
import type { Decision } from './decision.ts';
import { compileTcpRules } from './decide-connection.ts';
import type { TcpRules } from './decide-connection.ts';
import type { RequestHead } from './match.ts';
import { locationOf } from './redirect.ts';
import { compileRules, policiesOf } from './rule-set.ts';
import type { Entry, RuleSet } from './rule-set.ts';
import { pickDestination } from './weights.ts';

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

type Rules = Pick<Snapshot, 'virtualHosts' | 'serviceRoutes' | 'callerRoutes' | 'tcpRoutes' | 'callers'>;

/** What is left of `before`, the table of the snapshot before, is taken over: snapshots are never written to. */
export function compileRouteTable(
  { virtualHosts, serviceRoutes, callerRoutes = {}, tcpRoutes = {}, callers = {} }: Rules,
  before: RouteTable = emptyRouteTable,
): RouteTable {
  const { byDomain, byService, byCaller } = before;
  return {
    byDomain: new Map(virtualHosts.map(({ domain, routes }) => [domain, compileRules(routes, byDomain.get(domain))])),
    byService: compileServices(serviceRoutes, byService),
    byCaller: new Map(
      Object.entries(callerRoutes).map(([caller, routes]) => [caller, compileServices(routes, byCaller.get(caller))]),
    ),
    byConnection: compileTcpRules(tcpRoutes),
    callers: new Map(Object.entries(callers)),
  };
}

function compileServices(
  routes: Snapshot['serviceRoutes'],
  before: RouteTable['byService'] | undefined,
): ReadonlyMap<string, RuleSet> {
  return new Map(Object.entries(routes).map(([cluster, own]) => [cluster, compileRules(own, before?.get(cluster))]));
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
  return scheme === 'https' || isLoopbackName(host) || isLoopbackAddress(host);
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
