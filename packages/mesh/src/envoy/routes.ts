/**
 * Envoy's route configuration as virtual hosts of the snapshot, with Envoy's defaults, which are not Istio's: 15 s for a request, no retries.
 */
import { parseDurationMs } from '@hikyaku/resources';
import type { FieldPath } from '@hikyaku/resources';
import { RE2JS } from 're2js';
import { compileHeaderOperations } from '../snapshot/header-operations.ts';
import type { HeaderChanges, HeaderOperations } from '../snapshot/route-policies.ts';
import { visible } from '../snapshot/route-action.ts';
import type { Destination, Redirect, RetryPolicy, Rewrite, Route, RouteAction, VirtualHost } from '../snapshot/snapshot.ts';
import type {
  EnvoyRedirect,
  EnvoyRoute,
  EnvoyRouteAction,
  EnvoyVirtualHost,
  HeaderChangesOfEnvoy,
  HeaderValueOption,
  HttpConnectionManager,
} from './bootstrap.ts';
import { requestMatch } from './matches.ts';

export interface RouteReport {
  error(segments: FieldPath, message: string): void;
  warn(segments: FieldPath, message: string): void;
  /** Whether there is a cluster of that name. */
  hasCluster(name: string): boolean;
}

const defaultTimeoutMs = 15_000;
const responseCodes: Record<string, number> = {
  MOVED_PERMANENTLY: 301, FOUND: 302, SEE_OTHER: 303, TEMPORARY_REDIRECT: 307, PERMANENT_REDIRECT: 308,
}; // prettier-ignore

/** `segments` lead to the route configuration. */
export function virtualHostsOf(
  config: NonNullable<HttpConnectionManager['route_config']>,
  segments: FieldPath,
  report: RouteReport,
): VirtualHost[] {
  return (config.virtual_hosts ?? []).flatMap((host, index) => {
    const at = [...segments, 'virtual_hosts', index];
    const routes = (host.routes ?? []).flatMap((route, position) =>
      compileRoute(route, { host, config, name: nameOf(host, route, position), segments: [...at, 'routes', position], report }),
    );
    return host.domains.flatMap((domain, position) => {
      const plain = domain.toLowerCase().replace(/:\d+$/, '');
      if (plain === '*' || !plain.slice(1).includes('*')) return [{ domain: plain, routes }];
      report.error([...at, 'domains', position], 'may have a * at its beginning only');
      return [];
    });
  });
}

function nameOf(host: EnvoyVirtualHost, route: EnvoyRoute, position: number): string {
  return `virtual host ${host.name ?? host.domains.join(', ')}, route ${position + 1}${route.name === undefined ? '' : ` (${route.name})`}`;
}

interface RoutePlace {
  host: HeaderChangesOfEnvoy;
  config: HeaderChangesOfEnvoy;
  name: string;
  segments: FieldPath;
  report: RouteReport;
}

function compileRoute(route: EnvoyRoute, place: RoutePlace): Route[] {
  const { name, segments, report, host, config } = place;
  try {
    const match = requestMatch(route.match);
    const action = actionOf(route, place);
    const warn = (message: string) => report.warn(segments, message);
    const headers = joined([route, host, config].map((level) => operationsOf(level, warn)));
    return action === undefined ? [] : [{ name, matches: [match], action, ...(headers && { headers }) }];
  } catch (error) {
    report.error([...segments, 'match'], `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function actionOf(route: EnvoyRoute, { segments, report }: RoutePlace): RouteAction | undefined {
  if (route.redirect !== undefined) return redirectOf(route.redirect);
  if (route.direct_response !== undefined) {
    const { status, body } = route.direct_response;
    return { kind: 'respond', status, ...(body?.inline_string !== undefined && { body: body.inline_string }) };
  }
  if (route.route !== undefined) return forwardOf(route.route, [...segments, 'route'], report);
  report.error(segments, 'needs one of route, redirect, direct_response');
  return undefined;
}

function redirectOf(redirect: EnvoyRedirect): Redirect {
  const {
    https_redirect,
    scheme_redirect,
    host_redirect,
    port_redirect,
    path_redirect,
    response_code = 'MOVED_PERMANENTLY',
  } = redirect;
  const scheme = https_redirect === true ? 'https' : scheme_redirect;
  return {
    kind: 'redirect',
    status: responseCodes[response_code] ?? 301,
    ...(scheme !== undefined && { scheme }),
    ...(host_redirect !== undefined && { authority: host_redirect }),
    ...(port_redirect !== undefined && { port: port_redirect }),
    ...(path_redirect !== undefined && { uri: visible(path_redirect) }),
  };
}

function forwardOf(action: EnvoyRouteAction, segments: FieldPath, report: RouteReport): RouteAction | undefined {
  const destinations = destinationsOf(action, segments, report);
  if (!destinations.some(({ weight }) => weight > 0)) {
    report.error(segments, 'needs a cluster, or weighted_clusters with a weight above 0');
    return undefined;
  }
  const timeoutMs = action.timeout === undefined ? defaultTimeoutMs : parseDurationMs(action.timeout);
  const rewrite = rewriteOf(action, segments, report);
  return {
    kind: 'forward',
    destinations: destinations.filter(({ weight }) => weight > 0),
    ...(rewrite && { rewrite }),
    ...(timeoutMs > 0 && { timeoutMs }),
    retry: retryOf(action.retry_policy),
  };
}

function destinationsOf(
  { cluster, weighted_clusters }: EnvoyRouteAction,
  segments: FieldPath,
  report: RouteReport,
): Destination[] {
  const checked = (name: string, at: FieldPath) => {
    if (!report.hasCluster(name)) report.error(at, `names the cluster ${name}, which static_resources.clusters does not have`);
    return name;
  };
  if (cluster !== undefined) return [{ cluster: checked(cluster, [...segments, 'cluster']), weight: 1 }];
  return (weighted_clusters?.clusters ?? []).map(({ name, weight = 0 }, index) => ({
    cluster: checked(name, [...segments, 'weighted_clusters', 'clusters', index, 'name']),
    weight,
  }));
}

function rewriteOf(action: EnvoyRouteAction, segments: FieldPath, report: RouteReport): Rewrite | undefined {
  const { prefix_rewrite, regex_rewrite, host_rewrite_literal } = action;
  const uriRegex = regex_rewrite && {
    match: regex_rewrite.pattern.regex,
    substitution: visible(regex_rewrite.substitution ?? '').replaceAll('%5C', '\\'),
  };
  if (uriRegex && !isRe2(uriRegex.match)) report.error([...segments, 'regex_rewrite', 'pattern', 'regex'], 'is not RE2');
  if (prefix_rewrite === undefined && uriRegex === undefined && host_rewrite_literal === undefined) return undefined;
  return {
    ...(prefix_rewrite !== undefined && { uri: visible(prefix_rewrite) }),
    ...(uriRegex && { uriRegex }),
    ...(host_rewrite_literal !== undefined && { authority: host_rewrite_literal }),
  };
}

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

function retryOf(policy: EnvoyRouteAction['retry_policy']): RetryPolicy {
  if (policy === undefined) return { attempts: 0, retryOn: [] };
  const { retry_on = '', num_retries = 1, per_try_timeout, retriable_status_codes: codes = [] } = policy;
  const perTryTimeoutMs = per_try_timeout === undefined ? 0 : parseDurationMs(per_try_timeout);
  const conditions = retry_on
    .split(',')
    .map((condition) => condition.trim())
    .filter((condition) => condition !== '');
  return {
    attempts: num_retries,
    ...(perTryTimeoutMs > 0 && { perTryTimeoutMs }),
    // The codes hold where `retriable-status-codes` is among the conditions.
    retryOn: [...conditions, ...(conditions.includes('retriable-status-codes') ? codes.map(String) : [])],
  };
}

function operationsOf(level: HeaderChangesOfEnvoy, warn: (message: string) => void): HeaderOperations {
  const request = writtenChanges(level.request_headers_to_add, level.request_headers_to_remove);
  const response = writtenChanges(level.response_headers_to_add, level.response_headers_to_remove);
  return compileHeaderOperations({ request, response }, warn) ?? {};
}

function writtenChanges(options: readonly HeaderValueOption[] = [], remove: string[] = []) {
  const isSet = ({ append, append_action }: HeaderValueOption) =>
    append === false || append_action === 'OVERWRITE_IF_EXISTS_OR_ADD';
  const fields = (chosen: readonly HeaderValueOption[]) =>
    Object.fromEntries(chosen.map(({ header }): [string, string] => [header.key, header.value ?? '']));
  return { set: fields(options.filter(isSet)), add: fields(options.filter((option) => !isSet(option))), remove };
}

/** The route's own come first, so the wider level has the last word: Envoy's order. */
function joined(levels: readonly HeaderOperations[]): HeaderOperations | undefined {
  const side = (name: keyof HeaderOperations): HeaderChanges | undefined => {
    const all = levels.flatMap((level) => level[name] ?? []);
    if (all.length === 0) return undefined;
    return {
      remove: all.flatMap(({ remove }) => remove),
      set: all.flatMap(({ set }) => set),
      add: all.flatMap(({ add }) => add),
    };
  };
  const [request, response] = [side('request'), side('response')];
  return request === undefined && response === undefined
    ? undefined
    : { ...(request && { request }), ...(response && { response }) };
}
