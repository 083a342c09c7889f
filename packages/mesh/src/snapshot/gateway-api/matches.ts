/**
 * The matches of HTTPRoute and GRPCRoute rules in the snapshot's form, and their order of precedence.
 */
import type { GRPCRouteMatch, HTTPRouteMatch, ValueMatch } from '@hikyaku/resources';
import { stringMatch } from '../matches.ts';
import type { PathMatch, RequestMatch, StringMatch } from '../snapshot.ts';

/** Throws when a regular expression is not RE2: the match then never holds. */
export function httpMatch({ path, method, headers, queryParams }: HTTPRouteMatch): RequestMatch {
  return {
    uri: pathMatch(path),
    ...(method !== undefined && { method: { exact: method } }),
    ...headerMatches(headers),
    ...(queryParams !== undefined && queryParams.length > 0 && { queryParams: valueMatches(queryParams, (name) => name) }),
  };
}

/** A gRPC method is the path `/package.Service/Method`. Throws as `httpMatch` does. */
export function grpcMatch({ method, headers }: GRPCRouteMatch): RequestMatch {
  const uri = method && methodMatch(method);
  return { ...(uri && { uri }), ...headerMatches(headers) };
}

function pathMatch({ type = 'PathPrefix', value = '/' }: HTTPRouteMatch['path'] = {}): PathMatch {
  if (type === 'PathPrefix') return { pathPrefix: value.replace(/\/$/, '') };
  return stringMatch(type === 'Exact' ? { exact: value } : { regex: value });
}

function methodMatch({ type = 'Exact', service, method }: NonNullable<GRPCRouteMatch['method']>): PathMatch | undefined {
  if (service === undefined && method === undefined) return undefined;
  if (type === 'RegularExpression') return stringMatch({ regex: `/(?:${service ?? anyElement})/(?:${method ?? anyElement})` });
  if (service === undefined) return { regex: `/${anyElement}/${method ?? ''}` };
  return method === undefined ? { prefix: `/${service}/` } : { exact: `/${service}/${method}` };
}

const anyElement = '[^/]+';

/** By name; of several for one name the first counts. */
function valueMatches(written: readonly ValueMatch[], nameOf: (name: string) => string): Record<string, StringMatch> {
  const matches = written.map(({ name, type = 'Exact', value }): [string, StringMatch] => [
    nameOf(name),
    stringMatch(type === 'Exact' ? { exact: value } : { regex: value }),
  ]);
  return Object.fromEntries(matches.reverse());
}

function headerMatches(headers: readonly ValueMatch[] = []): Pick<RequestMatch, 'headers'> {
  return headers.length === 0 ? {} : { headers: valueMatches(headers, (name) => name.toLowerCase()) };
}

/**
 * How specific a match is: exact paths, then the longest prefix, a method, more headers, more query parameters. Where regular expressions stand is left
 * to the implementation; here, as in Istio, they come last.
 */
export function rankOf({ uri, method, headers = {}, queryParams = {} }: RequestMatch): readonly number[] {
  return [...pathRank(uri), method === undefined ? 0 : 1, Object.keys(headers).length, Object.keys(queryParams).length];
}

/** Negative when `a` is asked before `b`. */
export function byRank(a: readonly number[], b: readonly number[]): number {
  for (const [index, rank] of a.entries()) {
    const other = b[index] ?? 0;
    if (rank !== other) return other - rank;
  }
  return 0;
}

function pathRank(uri: PathMatch | undefined): [kind: number, length: number] {
  if (uri === undefined) return [0, 0];
  if ('exact' in uri) return [3, uri.exact.length];
  if ('regex' in uri) return [1, uri.regex.length];
  return [2, 'prefix' in uri ? uri.prefix.length : uri.pathPrefix.length];
}
