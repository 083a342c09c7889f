/**
 * Whether a request may go on, by the AuthorizationPolicies of a place, in Istio's order: refused when a DENY policy matches, allowed
 * when there is no ALLOW policy or one of them matches, else refused. Pure.
 */
import { RE2JS } from 're2js';
import { claimAt, claimTexts } from '../routing/claims.ts';
import type { RequestHead } from '../routing/match.ts';
import type { Attribute, AuthorizationRule, AuthorizationRules, Condition } from '../snapshot/protection.ts';
import type { Identity } from './token-verifier.ts';

/** What the policies of a place may look at. */
export interface AuthorizedRequest {
  head: RequestHead;
  identity: Identity | undefined;
  ports: readonly number[];
}

/** Undefined: allowed. Otherwise for the person who sent it: why not. */
export type Authorization = (request: AuthorizedRequest) => string | undefined;

export function compileAuthorization(policies: readonly { name: string; rules: AuthorizationRules }[]): Authorization {
  const compiled = policies.map(({ name, rules }) => ({ name, action: rules.action, matches: compileRules(rules) }));
  const denying = compiled.filter(({ action }) => action === 'DENY');
  const allowing = compiled.filter(({ action }) => action === 'ALLOW');
  return (request) => {
    for (const { name, matches } of denying) if (matches(request)) return `AuthorizationPolicy ${name} denies it`;
    if (allowing.length === 0 || allowing.some(({ matches }) => matches(request))) return undefined;
    return `no rule of ${allowing.map(({ name }) => `AuthorizationPolicy ${name}`).join(', ')} allows it`;
  };
}

const noRequest: RequestHead = {
  method: '', path: '', query: '', target: '', scheme: 'http', host: '', authority: '', header: () => undefined,
}; // prettier-ignore

/** For connections carried as bytes: what only a request could tell counts as what cannot be judged. */
export function whyNoConnections(
  policies: readonly { name: string; rules: AuthorizationRules }[],
  ports: readonly number[],
): string | undefined {
  const blind = (condition: Condition): Condition =>
    condition.attribute.kind === 'port'
      ? condition
      : { ...condition, attribute: { kind: 'unknown', name: condition.attribute.kind } };
  const blinded = policies.map(({ name, rules: { action, rules } }) => ({
    name,
    rules: {
      action,
      rules: rules.map(({ from, to, when }) => ({
        from: from.map((conditions) => conditions.map(blind)),
        to: to.map((conditions) => conditions.map(blind)),
        when: when.map(blind),
      })),
    },
  }));
  return compileAuthorization(blinded)({ head: noRequest, identity: undefined, ports });
}

type Test = (request: AuthorizedRequest) => boolean;

function compileRules({ action, rules }: AuthorizationRules): Test {
  const tests = rules.map((rule) => compileRule(rule, action === 'DENY'));
  return (request) => tests.some((test) => test(request));
}

/** `assumed` is what a condition counts as that cannot be judged. */
function compileRule({ from, to, when }: AuthorizationRule, assumed: boolean): Test {
  const parts = [anyOf(from, assumed), anyOf(to, assumed), allOf(when, assumed)];
  return (request) => parts.every((test) => test(request));
}

function anyOf(alternatives: readonly (readonly Condition[])[], assumed: boolean): Test {
  if (alternatives.length === 0) return () => true;
  const tests = alternatives.map((conditions) => allOf(conditions, assumed));
  return (request) => tests.some((test) => test(request));
}

function allOf(conditions: readonly Condition[], assumed: boolean): Test {
  const tests = conditions.map((condition) => compileCondition(condition, assumed));
  return (request) => tests.every((test) => test(request));
}

function compileCondition({ attribute, values, notValues }: Condition, assumed: boolean): Test {
  if (attribute.kind === 'unknown') return () => assumed;
  const wanted = values.map((value) => compilePattern(value, attribute));
  const unwanted = notValues.map((value) => compilePattern(value, attribute));
  return (request) => {
    const own = valuesOf(attribute, request);
    const isLike = (tests: readonly StringTest[]) => tests.some((test) => own.some((value) => test(value)));
    return (wanted.length === 0 || isLike(wanted)) && !isLike(unwanted);
  };
}

type StringTest = (value: string) => boolean;

/** Exact, `prefix*`, `*suffix`, or `*` for anything that is there; paths may hold `{*}` (one segment) and `{**}` (any number). */
function compilePattern(written: string, { kind }: Attribute): StringTest {
  const pattern = kind === 'host' ? written.toLowerCase() : written;
  if (kind === 'path' && /\{\*\*?\}/.test(pattern)) return pathTemplate(pattern);
  if (pattern === '*') return (value) => value !== '';
  if (pattern.endsWith('*')) return (value) => value.startsWith(pattern.slice(0, -1));
  if (pattern.startsWith('*')) return (value) => value.endsWith(pattern.slice(1));
  return (value) => value === pattern;
}

function pathTemplate(pattern: string): StringTest {
  const source = pattern
    .split(/(\{\*\*?\})/)
    .map((part) => (part === '{*}' ? '[^/]+' : part === '{**}' ? '.*' : RE2JS.quote(part)))
    .join('');
  const compiled = RE2JS.compile(source);
  return (value) => compiled.testExact(value);
}

/** All that the attribute is; none when the request does not have it. */
function valuesOf(attribute: Exclude<Attribute, { kind: 'unknown' }>, { head, identity, ports }: AuthorizedRequest): string[] {
  switch (attribute.kind) {
    case 'request-principal':
      return present(identity?.principal);
    case 'audience':
      return claimTexts(identity?.claims.aud);
    case 'presenter':
      return claimTexts(identity?.claims.azp);
    case 'claim':
      return identity === undefined ? [] : claimValues(identity, attribute.path);
    case 'host':
      // With the port as it was sent, and without.
      return [head.host, head.authority.toLowerCase()];
    case 'method':
      return [head.method];
    case 'path':
      return [head.path];
    case 'port':
      return ports.map(String);
    case 'header':
      return present(head.header(attribute.name));
  }
}

/** Istio's exceptions: these claims are lists written as text (RFC 8693 §4.2). */
const spaceDelimited = new Set(['scope', 'permission']);

function claimValues({ claims }: Identity, path: readonly string[]): string[] {
  const claim = claimAt(claims, path);
  const isList = typeof claim === 'string' && path.length === 1 && spaceDelimited.has(path[0] ?? '');
  return isList ? [claim, ...claim.split(' ')] : claimTexts(claim);
}

function present(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}
