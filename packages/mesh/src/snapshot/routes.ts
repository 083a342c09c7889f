/**
 * One VirtualService as routes: names resolved to clusters, Istio's defaults filled in.
 */
import { parseDurationMs } from '@hikyaku/resources';
import type { Service, VirtualService } from '@hikyaku/resources';
import { defaultRetry } from '../resilience/retry.ts';
import { clusterKey, tcpPorts } from './clusters.ts';
import { authoritySetBy, compileHeaderOperations } from './header-operations.ts';
import { serviceOfHost } from './hosts.ts';
import { compileMatches } from './matches.ts';
import type { GatewayContext, HttpRule } from './matches.ts';
import { memoized } from './memo.ts';
import type { Destination, RetryPolicy, Rewrite, Route, RouteAction } from './snapshot.ts';

export interface RouteContext extends GatewayContext {
  /** By `namespace/name`. */
  services: ReadonlyMap<string, Service>;
  warn(message: string): void;
}

export function compileRoutes(virtualService: VirtualService, context: RouteContext): Route[] {
  const { namespace = 'default', name } = virtualService.metadata;
  return (virtualService.spec?.http ?? []).flatMap((rule, index) => {
    const label = rule.name === undefined || rule.name === '' ? '' : ` (${rule.name})`;
    const routeName = `VirtualService ${namespace}/${name}, rule ${index + 1}${label}`;
    return compileRule(rule, { ...context, namespace, routeName });
  });
}

/** A rule for a place is compiled once, until something it names changes. */
const compileRule = memoized(compileRuleAnew);

/** One route, or none when the rule can match nothing there or leads nowhere. */
function compileRuleAnew(rule: HttpRule, context: RouteContext & { routeName: string }): Route[] {
  const { routeName: name } = context;
  const warn = (message: string) => context.warn(`${name}: ${message}`);
  const matches = compileMatches(rule, context, warn);
  if (matches === undefined) return [];
  const action = compileAction(rule, { ...context, warn });
  const headers = compileHeaderOperations(rule.headers, warn);
  return action === undefined ? [] : [{ name, matches, action, ...(headers && { headers }) }];
}

function compileAction(rule: HttpRule, context: RouteContext): RouteAction | undefined {
  if (rule.redirect !== undefined) return redirectAction(rule.redirect);
  if (rule.directResponse !== undefined) {
    const body = rule.directResponse.body?.string;
    return { kind: 'respond', status: rule.directResponse.status ?? 200, ...(body !== undefined && { body }) };
  }
  const destinations = compileDestinations(rule, context);
  if (destinations.length === 0) {
    context.warn('has no destination with a weight above 0');
    return undefined;
  }
  const timeoutMs = positiveDurationMs(rule.timeout);
  const rewrite = compileRewrite(rule);
  return {
    kind: 'forward',
    destinations,
    ...(rewrite && { rewrite }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    retry: compileRetry(rule.retries),
  };
}

function redirectAction(redirect: NonNullable<HttpRule['redirect']>): RouteAction {
  return {
    kind: 'redirect',
    status: redirect.redirectCode ?? 301,
    ...(redirect.scheme !== undefined && { scheme: redirect.scheme }),
    ...(redirect.authority !== undefined && { authority: redirect.authority }),
    ...(redirect.uri !== undefined && { uri: visible(redirect.uri) }),
  };
}

/** A single destination takes everything, whatever its weight says; among several, absent means 0. */
function compileDestinations(rule: HttpRule, context: RouteContext): Destination[] {
  const routes = rule.route ?? [];
  return routes.flatMap(({ destination, weight, headers: written }) => {
    const effectiveWeight = routes.length === 1 ? 1 : (weight ?? 0);
    if (effectiveWeight <= 0 || destination?.host === undefined) return [];
    const headers = compileHeaderOperations(written, (message) => context.warn(message));
    if (authoritySetBy(written) !== undefined)
      context.warn('setting Host is carried out for a whole rule only, not for one destination');
    const cluster = resolveCluster(destination.host, destination, context);
    return [{ cluster, weight: effectiveWeight, ...(headers && { headers }) }];
  });
}

/** The key of the cluster meant. A name that leads nowhere keeps its key: requests then get an answer that names it. */
function resolveCluster(
  host: string,
  { port: written, subset }: { port?: { number?: number }; subset?: string },
  context: RouteContext,
): string {
  const port = written?.number;
  const named = serviceOfHost(host, context.namespace);
  const service = named && context.services.get(`${named.namespace}/${named.name}`);
  if (named === undefined || service === undefined) {
    context.warn(`destination host ${host} is no Service`);
    return `${host}:${port ?? context.port}`;
  }
  const ports = tcpPorts(service);
  if (port === undefined && ports.length > 1) context.warn(`destination ${host} needs a port number, the Service has several`);
  const chosen = port ?? (ports.length === 1 ? ports[0]?.port : undefined) ?? context.port;
  if (!ports.some((candidate) => candidate.port === chosen)) context.warn(`Service ${host} has no TCP port ${chosen}`);
  return clusterKey(named, chosen, subset);
}

function compileRewrite({ rewrite, headers }: HttpRule): Rewrite | undefined {
  const authority = rewrite?.authority ?? authoritySetBy(headers);
  if (rewrite?.uri === undefined && authority === undefined) return undefined;
  return { ...(rewrite?.uri !== undefined && { uri: visible(rewrite.uri) }), ...(authority !== undefined && { authority }) };
}

/** Percent-encodes what may not stand in a request line or a Location; what is encoded already stays. */
function visible(uri: string): string {
  return encodeURI(uri).replaceAll('%25', '%');
}

function compileRetry(retries: HttpRule['retries']): RetryPolicy {
  if (retries === undefined) return defaultRetry;
  const perTryTimeoutMs = positiveDurationMs(retries.perTryTimeout);
  const retryOn = (retries.retryOn ?? '').split(',').map((condition) => condition.trim());
  return {
    attempts: retries.attempts ?? defaultRetry.attempts,
    ...(perTryTimeoutMs !== undefined && { perTryTimeoutMs }),
    retryOn: retryOn.some((condition) => condition !== '')
      ? retryOn.filter((condition) => condition !== '')
      : defaultRetry.retryOn,
  };
}

/** Istio reads a timeout of 0 as none. */
function positiveDurationMs(duration: string | undefined): number | undefined {
  const durationMs = duration === undefined ? 0 : parseDurationMs(duration);
  return durationMs > 0 ? durationMs : undefined;
}
