/**
 * Match conditions compiled to functions. Regular expressions run on RE2, whose time is linear in the input: no manifest can make
 * a request expensive.
 */
import { RE2JS } from 're2js';
import { claimAt, claimPath, claimTexts } from './claims.ts';
import type { Caller, HeaderMatch, PathMatch, RequestMatch, SourceMatch, StringMatch } from '../snapshot/snapshot.ts';

/** What routing may look at. The proxy builds one per request. */
export interface RequestHead {
  method: string;
  /** Normalised, without the query. */
  path: string;
  /** With its `?`, or empty. */
  query: string;
  /** As sent. */
  target: string;
  scheme: 'http' | 'https';
  /** Where the gateway serves https, for redirects; absent when it does not, and between services. */
  gatewayTlsPort?: number;
  /** The host asked for, lower case, without the port. */
  host: string;
  /** As sent, with the port. */
  authority: string;
  /** The value of a header by lower-case name, repeated fields joined with commas. */
  header(name: string): string | undefined;
  /** Of the token that was verified at the gateway; absent when there was none. */
  claims?: Readonly<Record<string, unknown>>;
  /** Of the caller. */
  remoteAddress?: string;
  /** The calling workload, where it is known and some rule asks. */
  caller?: Caller;
}

export interface CompiledMatch {
  matches(head: RequestHead): boolean;
  /** The prefix that a rewrite replaces; undefined when it replaces the whole path. */
  prefix: string | undefined;
}

type StringTest = (value: string) => boolean;

/** A request match without conditions: Istio reads it as the prefix `/`. */
export const matchAll: CompiledMatch = { matches: () => true, prefix: '/' };

export function compileMatch(match: RequestMatch): CompiledMatch {
  const tests: ((head: RequestHead) => boolean)[] = [];
  if (match.uri !== undefined) tests.push(uriTest(match.uri, match.ignoreUriCase === true));
  if (match.method !== undefined) tests.push(testOf(match.method, (head) => head.method));
  if (match.authority !== undefined) tests.push(testOf(match.authority, (head) => head.authority));
  if (match.scheme !== undefined) tests.push(testOf(match.scheme, (head) => head.scheme));
  for (const [name, condition] of Object.entries(match.headers ?? {})) tests.push(headerTest(name, condition));
  for (const [name, condition] of Object.entries(match.withoutHeaders ?? {})) {
    const test = headerTest(name, condition);
    tests.push((head) => !test(head));
  }
  const queryTests = Object.entries(match.queryParams ?? {}).map(([name, condition]) => ({ name, test: compileText(condition) }));
  if (queryTests.length > 0) tests.push((head) => matchesQuery(head.query, queryTests));
  const { source } = match;
  if (source !== undefined) tests.push((head) => matchesSource(source, head.caller));
  return { matches: (head) => tests.every((test) => test(head)), prefix: prefixOf(match.uri) };
}

/** A caller nobody knows matches nothing. */
export function matchesSource({ namespace, labels = {} }: SourceMatch, caller: Caller | undefined): boolean {
  if (caller === undefined || (namespace !== undefined && namespace !== caller.namespace)) return false;
  return Object.entries(labels).every(([name, value]) => caller.labels[name] === value);
}

function prefixOf(uri: PathMatch | undefined): string | undefined {
  if (uri === undefined) return '/';
  if ('pathPrefix' in uri) return uri.pathPrefix;
  return 'prefix' in uri ? uri.prefix : undefined;
}

function uriTest(uri: PathMatch, ignoreCase: boolean): (head: RequestHead) => boolean {
  if ('pathPrefix' in uri) return elementsTest(uri.pathPrefix, ignoreCase);
  if (!ignoreCase || 'regex' in uri) return testOf(uri, (head) => head.path);
  const lowered = 'exact' in uri ? { exact: uri.exact.toLowerCase() } : { prefix: uri.prefix.toLowerCase() };
  return testOf(lowered, (head) => head.path.toLowerCase());
}

function elementsTest(pathPrefix: string, ignoreCase: boolean): (head: RequestHead) => boolean {
  if (!ignoreCase) return (head) => isAtOrBelow(head.path, pathPrefix);
  const lowered = pathPrefix.toLowerCase();
  return (head) => isAtOrBelow(head.path.toLowerCase(), lowered);
}

/** Whether the path begins with those whole elements. */
export function isAtOrBelow(path: string, pathPrefix: string): boolean {
  return path.startsWith(pathPrefix) && (path.length === pathPrefix.length || path[pathPrefix.length] === '/');
}

function testOf(match: StringMatch, value: (head: RequestHead) => string): (head: RequestHead) => boolean {
  const test = compileText(match);
  return (head) => test(value(head));
}

function headerTest(name: string, match: HeaderMatch): (head: RequestHead) => boolean {
  const claim = claimPath(name);
  if (claim !== undefined) return claimTest(claim, match);
  if ('present' in match) return (head) => head.header(name) !== undefined;
  const test = compileText(match);
  return (head) => {
    const value = head.header(name);
    return value !== undefined && test(value);
  };
}

/** Istio's routing by claims: a list matches when one of its items does. */
function claimTest(path: readonly string[], match: HeaderMatch): (head: RequestHead) => boolean {
  const test: StringTest = 'present' in match ? () => true : compileText(match);
  return ({ claims }) => claims !== undefined && claimTexts(claimAt(claims, path)).some(test);
}

function matchesQuery(query: string, conditions: { name: string; test: StringTest }[]): boolean {
  const params = new URLSearchParams(query);
  return conditions.every(({ name, test }) => {
    const value = params.get(name);
    return value !== null && test(value);
  });
}

export function compileText(match: StringMatch): StringTest {
  if ('exact' in match) return (value) => value === match.exact;
  if ('prefix' in match) return (value) => value.startsWith(match.prefix);
  const pattern = RE2JS.compile(match.regex);
  return (value) => pattern.testExact(value);
}
