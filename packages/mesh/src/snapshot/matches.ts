/**
 * The match conditions of one VirtualService rule, brought into the snapshot's form. A condition that cannot hold at the gateway,
 * or cannot be read, removes its alternative: it must never widen what a rule matches.
 */
import type { HttpMatch, HttpRule, TextMatch } from '@hikyaku/resources';
import { RE2JS } from 're2js';
import { claimPath } from '../routing/claims.ts';
import { qualify } from './names.ts';
import type { HeaderMatch, RequestMatch, SourceMatch, StringMatch } from './snapshot.ts';

/** The place a rule is compiled for. */
export interface GatewayContext {
  /** Canonical `namespace/name`, or `mesh` for calls between services. */
  gateway: string;
  /** The namespace unqualified gateway names are resolved in. */
  namespace: string;
  /** The port as the Gateway declares it, whatever port it is really served on. */
  port: number;
}

/**
 * The alternatives of a rule that can match at this gateway, or undefined when none can. A rule without `match` matches all.
 * `warn` is called for regular expressions that are not RE2.
 */
export function compileMatches(
  rule: HttpRule,
  context: GatewayContext,
  warn: (message: string) => void,
): RequestMatch[] | undefined {
  if (rule.match === undefined || rule.match.length === 0) return [];
  const matches = rule.match.flatMap((match) => {
    if (!appliesAt(match, context)) return [];
    // A caller from outside the mesh has no labels and no namespace.
    if (context.gateway !== 'mesh' && compileSource(match) !== undefined) return [];
    try {
      return [compileMatch(match)];
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  return matches.length === 0 ? undefined : matches;
}

function appliesAt(match: HttpMatch, context: GatewayContext): boolean {
  if (match.port !== undefined && match.port !== context.port) return false;
  return match.gateways === undefined || match.gateways.some((name) => qualify(name, context.namespace) === context.gateway);
}

/** Conditions on the calling workload. */
export function compileSource({
  sourceNamespace,
  sourceLabels = {},
}: Pick<HttpMatch, 'sourceNamespace' | 'sourceLabels'>): SourceMatch | undefined {
  const hasLabels = Object.keys(sourceLabels).length > 0;
  if (sourceNamespace === undefined && !hasLabels) return undefined;
  return { ...(sourceNamespace !== undefined && { namespace: sourceNamespace }), ...(hasLabels && { labels: sourceLabels }) };
}

function compileMatch(match: HttpMatch): RequestMatch {
  const source = compileSource(match);
  return {
    ...(match.uri && { uri: stringMatch(match.uri) }),
    ...(match.ignoreUriCase === true && { ignoreUriCase: true }),
    ...(match.method && { method: stringMatch(match.method) }),
    ...(match.authority && { authority: stringMatch(match.authority) }),
    ...(match.scheme && { scheme: stringMatch(match.scheme) }),
    ...(match.headers && { headers: headerMatches(match.headers) }),
    ...(match.withoutHeaders && { withoutHeaders: headerMatches(match.withoutHeaders) }),
    ...(match.queryParams && { queryParams: mapValues(match.queryParams, stringMatch) }),
    ...(source && { source }),
  };
}

function headerMatches(headers: Record<string, TextMatch>): Record<string, HeaderMatch> {
  const lowerCased = Object.fromEntries(
    Object.entries(headers).map(([name, match]) => [claimPath(name) === undefined ? name.toLowerCase() : name, match]),
  );
  return mapValues(lowerCased, (match): HeaderMatch =>
    Object.keys(match).length === 0 ? { present: true } : stringMatch(match),
  );
}

/** Throws when it is none, or a regular expression that is not RE2. */
export function stringMatch(match: TextMatch): StringMatch {
  if (match.exact !== undefined) return { exact: match.exact };
  if (match.prefix !== undefined) return { prefix: match.prefix };
  if (match.regex === undefined) throw new Error('a string match needs one of exact, prefix, regex');
  try {
    RE2JS.compile(match.regex);
  } catch (cause) {
    throw new Error(`the regular expression ${JSON.stringify(match.regex)} is not RE2: ${String(cause)}`, { cause });
  }
  return { regex: match.regex };
}

function mapValues<T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
