/**
 * The path an upstream is asked for in place of the one that came. The query is no part of it.
 */
import { RE2JS } from 're2js';
import type { Rewrite } from '../snapshot/snapshot.ts';
import { replacePath } from './path-replacement.ts';

export type PathRewrite = (path: string) => string;

/**
 * Undefined when the rewrite leaves the path alone. Under a prefix match the prefix alone is replaced, as text, so `/api` → `/` makes
 * `//users` of `/api/users`; under an exact or regular expression match the whole path is.
 */
export function compilePathRewrite(
  { uri, path: replacement, uriRegex }: Rewrite,
  matchedPrefix: string | undefined,
): PathRewrite | undefined {
  if (uri !== undefined) return (path) => absolute(matchedPrefix === undefined ? uri : uri + path.slice(matchedPrefix.length));
  if (replacement !== undefined) return (path) => replacePath(path, replacement, matchedPrefix);
  return uriRegex === undefined ? undefined : regexRewrite(uriRegex);
}

/** Every occurrence is replaced, as Envoy does. */
function regexRewrite({ match, substitution }: NonNullable<Rewrite['uriRegex']>): PathRewrite {
  const pattern = RE2JS.compile(match);
  // What is replaced, its groups, and what does not concern us; a group that took no part is undefined.
  const substitute = (...captures: readonly unknown[]) =>
    substitution.replace(/\\(\d|\\)/g, (_, escaped: string) => (escaped === '\\' ? escaped : textOf(captures[Number(escaped)])));
  return (path) => absolute(pattern.matcher(path).replaceAll(substitute));
}

function textOf(capture: unknown): string {
  return typeof capture === 'string' ? capture : '';
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
