/**
 * Whether one match leaves nothing for another: every request that `narrow` matches is one that `wide` matches. Where that cannot be
 * told, as between two different regular expressions, the answer is no.
 */
import { RE2JS } from 're2js';
import { isAtOrBelow } from '../routing/match.ts';
import type { HeaderMatch, PathMatch, RequestMatch, StringMatch } from '../snapshot/snapshot.ts';

export function covers(wide: RequestMatch, narrow: RequestMatch): boolean {
  return (
    coversPath(wide, narrow) &&
    coversText(wide.method, narrow.method) &&
    coversText(wide.authority, narrow.authority) &&
    coversText(wide.scheme, narrow.scheme) &&
    coversAll(wide.headers, narrow.headers, coversHeader) &&
    coversAll(wide.queryParams, narrow.queryParams, coversText) &&
    // What is excluded counts the other way round: the narrow match must exclude all that the wide one does.
    coversAll(wide.withoutHeaders, narrow.withoutHeaders, (excludedByWide, excludedByNarrow) =>
      coversHeader(excludedByNarrow, excludedByWide),
    )
  );
}

/** A match without a path is Istio's prefix `/`. */
const anyPath: StringMatch = { prefix: '/' };

function coversPath(wide: RequestMatch, narrow: RequestMatch): boolean {
  if (wide.uri === undefined) return true;
  const [outer, inner] = [wide.uri, narrow.uri ?? anyPath];
  // Regular expressions keep their case: `ignoreUriCase` does not concern them.
  if (wide.ignoreUriCase === true && !('regex' in outer)) return coversUri(lowerCase(outer), lowerCase(inner));
  const isInnerWider = narrow.ignoreUriCase === true && !isCaseless(outer);
  return !isInnerWider && coversUri(outer, inner);
}

function coversUri(wide: PathMatch, narrow: PathMatch): boolean {
  if ('pathPrefix' in wide) return isBelow(narrow, wide.pathPrefix);
  return coversText(wide, 'pathPrefix' in narrow ? { prefix: narrow.pathPrefix === '' ? '/' : narrow.pathPrefix } : narrow);
}

/** Whether all paths of the match are at or below those elements. */
function isBelow(match: PathMatch, pathPrefix: string): boolean {
  if ('exact' in match) return isAtOrBelow(match.exact, pathPrefix);
  if ('pathPrefix' in match) return isAtOrBelow(match.pathPrefix, pathPrefix);
  return 'prefix' in match && match.prefix.startsWith(`${pathPrefix}/`);
}

function lowerCase(match: PathMatch): PathMatch {
  if ('pathPrefix' in match) return { pathPrefix: match.pathPrefix.toLowerCase() };
  if ('exact' in match) return { exact: match.exact.toLowerCase() };
  return 'prefix' in match ? { prefix: match.prefix.toLowerCase() } : match;
}

function isCaseless(match: PathMatch): boolean {
  const [text = ''] = Object.values(match);
  return text.toLowerCase() === text.toUpperCase();
}

function coversText(wide: StringMatch | undefined, narrow: StringMatch | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return false;
  if ('exact' in wide) return 'exact' in narrow && narrow.exact === wide.exact;
  if ('prefix' in wide) return !('regex' in narrow) && ('exact' in narrow ? narrow.exact : narrow.prefix).startsWith(wide.prefix);
  if ('exact' in narrow) return RE2JS.compile(wide.regex).testExact(narrow.exact);
  return wide.regex === '.*' || ('regex' in narrow && narrow.regex === wide.regex);
}

function coversHeader(wide: HeaderMatch, narrow: HeaderMatch): boolean {
  if ('present' in wide) return true;
  return !('present' in narrow) && coversText(wide, narrow);
}

/** Every condition of `wide` has one of the same name in `narrow` that implies it. */
function coversAll<T>(
  wide: Record<string, T> = {},
  narrow: Record<string, T> = {},
  isCovered: (wide: T, narrow: T) => boolean,
): boolean {
  return Object.entries(wide).every(([name, condition]) => {
    const own = Object.hasOwn(narrow, name) ? narrow[name] : undefined;
    return own !== undefined && isCovered(condition, own);
  });
}
