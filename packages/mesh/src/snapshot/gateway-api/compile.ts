/**
 * The Gateway API's routes as virtual hosts of the gateway and as rules for calls to Services. Of all matches that hold in one place, the one of
 * the highest precedence is asked first, whichever route it is written in.
 */
import { clusterKey } from '../clusters.ts';
import { byAge, nameOf } from '../names.ts';
import type { GatewayTables } from '../gateway-tables.ts';
import type { Route, ServiceListener, TlsServer } from '../snapshot.ts';
import { attach, parentsOf } from './attachments.ts';
import type { Attachment, Parents, Surroundings } from './attachments.ts';
import { enclosed, ownDomains } from './isolation.ts';
import { withKnownNames } from './known-names.ts';
import { takesTraffic } from './listeners.ts';
import type { Listener } from './listeners.ts';
import { byRank, rankOf } from './matches.ts';
import { routesOf } from './resources.ts';
import type { GatewayApiResources, GatewayApiRoute } from './resources.ts';
import { compileRoute } from './rules.ts';
import type { CompiledRoute } from './rules.ts';

export interface GatewayApiRouting {
  gateway: GatewayTables;
  /** By cluster key. */
  serviceRoutes: Record<string, Route[]>;
}

/** A route together with where it is attached: all that the snapshot and the statuses are made of. */
export interface AttachedRoute {
  route: GatewayApiRoute;
  attachments: Attachment[];
  compiled: CompiledRoute;
}

/** Oldest first. */
export function attachRoutes(resources: GatewayApiResources, parents: Parents, warn: (message: string) => void): AttachedRoute[] {
  const referenceGrants = new Map(resources.referenceGrants.map((grant) => [nameOf(grant), grant]));
  const routes = routesOf(resources).sort(byAge);
  return routes.map((route) => {
    const attachments = attach(route, parents);
    for (const { problem } of attachments) if (problem) warn(`${route.kind} ${nameOf(route)}: ${problem.message}`);
    return { route, attachments, compiled: compileRoute(route, { services: parents.services, referenceGrants, warn }) };
  });
}

export function compileGatewayApi(
  resources: GatewayApiResources,
  { listeners: serviceListeners, ...surroundings }: Surroundings & { listeners: readonly ServiceListener[] },
  warn: (message: string) => void,
): GatewayApiRouting {
  const parents = parentsOf(resources, surroundings);
  for (const { gateway, spec, notAccepted, conflict, unresolved } of parents.listeners) {
    const problems = [notAccepted, conflict, unresolved].flatMap((problem) => problem?.message ?? []);
    if ((spec.tls?.certificateRefs ?? []).length > 1) problems.push('of several tls.certificateRefs the first is used');
    for (const problem of problems) warn(`Gateway ${gateway}, listener ${spec.name}: ${problem}`);
  }
  const routes = attachRoutes(resources, parents, warn);
  const isHttp = new Set(serviceListeners.flatMap(({ cluster, protocol }) => (protocol === 'tcp' ? [] : [cluster])));
  const serviceRoutes = inPlaces(routes, ({ service }) => clustersOf(service).filter((cluster) => isHttp.has(cluster)));
  return {
    gateway: withKnownNames(gatewayTables(routes, parents.listeners.filter(takesTraffic))),
    serviceRoutes: Object.fromEntries(serviceRoutes),
  };
}

function gatewayTables(routes: readonly AttachedRoute[], listeners: readonly Listener[]): GatewayTables {
  const tables: GatewayTables = new Map();
  for (const place of new Set(listeners.flatMap(({ places }) => places))) {
    const here = listeners.filter(({ places }) => places.includes(place));
    const isHere = new Set(here);
    const byDomain = inPlaces(routes, (attachment) =>
      attachment.listeners.flatMap(({ listener, domains }) => (isHere.has(listener) ? ownDomains(listener, domains, here) : [])),
    );
    for (const { hostname } of enclosed(here)) if (!byDomain.has(hostname)) byDomain.set(hostname, []);
    const servers = here.flatMap(({ hostname, tls }): TlsServer[] =>
      tls === undefined ? [] : [{ kind: 'terminate', hosts: [hostname], settings: tls }],
    );
    const virtualHosts = Array.from(byDomain, ([domain, own]) => ({ domain, routes: own }));
    tables.set(place, { virtualHosts, ...(servers.length > 0 && { servers }) });
  }
  return tables;
}

function clustersOf(service: Attachment['service']): string[] {
  const [namespace = '', name = ''] = service?.name.split('/') ?? [];
  return (service?.ports ?? []).map((port) => clusterKey({ namespace, name }, port));
}

/** The routes of every place, in order of precedence; ties go to the older route, then to its first rule, in which order they come. */
function inPlaces(routes: readonly AttachedRoute[], placesOf: (attachment: Attachment) => string[]): Map<string, Route[]> {
  const places = new Map<string, CompiledRoute['routes']>();
  for (const { attachments, compiled } of routes) {
    for (const place of new Set(attachments.flatMap(placesOf))) {
      const all = places.get(place);
      if (all === undefined) places.set(place, [...compiled.routes]);
      else all.push(...compiled.routes);
    }
  }
  return new Map(Array.from(places, ([place, all]) => [place, joined(inPrecedence(all))]));
}

/** Ranks are worked out once for each of the thousands of matches, not at every comparison. */
function inPrecedence(routes: CompiledRoute['routes']): Route[] {
  const ranked = routes.map((route) => ({ route, rank: rankOf(route.matches[0]) }));
  return ranked.sort((a, b) => byRank(a.rank, b.rank)).map(({ route }) => route);
}

/** Matches of one rule that come one after the other are alternatives of one route again. */
function joined(routes: readonly Route[]): Route[] {
  const result: Route[] = [];
  for (const route of routes) {
    const last = result.at(-1);
    if (last?.name === route.name) result[result.length - 1] = { ...last, matches: [...last.matches, ...route.matches] };
    else result.push(route);
  }
  return result;
}
