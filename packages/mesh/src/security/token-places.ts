/**
 * Where a request may carry its token, as a rule names it (Istio's fromHeaders, fromParams, fromCookies), and what is left of the
 * request when it goes no further.
 */
import type { RequestHead } from '../routing/match.ts';
import type { JwtRule } from '../snapshot/protection.ts';

type Places = Pick<JwtRule, 'fromHeaders' | 'fromParams' | 'fromCookies'>;

/** The first that is found: headers before parameters before cookies. */
export function findToken(head: RequestHead, { fromHeaders, fromParams, fromCookies }: Places): string | undefined {
  for (const { name, prefix } of fromHeaders) {
    const value = head.header(name);
    if (value?.startsWith(prefix) === true) return value.slice(prefix.length).trim();
  }
  if (fromParams.length > 0 && head.query.length > 1) {
    const params = new URLSearchParams(head.query);
    for (const name of fromParams) {
      const value = params.get(name);
      if (value !== null) return value;
    }
  }
  return fromCookies.length === 0 ? undefined : findCookie(head.header('cookie'), fromCookies);
}

function findCookie(header: string | undefined, names: readonly string[]): string | undefined {
  for (const pair of header?.split(/[;,]/) ?? []) {
    const equals = pair.indexOf('=');
    if (names.includes(pair.slice(0, equals).trim()))
      return pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}

/** The target without parameters of these names; all others stay as they were written. */
export function withoutParams(target: string, names: readonly string[]): string {
  const mark = target.indexOf('?');
  if (mark === -1) return target;
  const kept = target
    .slice(mark + 1)
    .split('&')
    .filter((pair) => ![...new URLSearchParams(pair).keys()].some((name) => names.includes(name)));
  return kept.length === 0 ? target.slice(0, mark) : `${target.slice(0, mark)}?${kept.join('&')}`;
}
