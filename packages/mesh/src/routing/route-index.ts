/**
 * Finds the rules that can match a path without asking each of them: thousands of rules cost as much as ten. What it names are
 * candidates in the order of the rules; whether one matches is still the rule's to say.
 */
import type { RequestMatch } from '../snapshot/snapshot.ts';

export interface RouteIndex {
  /** Positions in the list the index was built from, ascending. */
  candidates(path: string): readonly number[];
}

/** `matches` are in the order of precedence; undefined stands for one without conditions. */
export function indexRoutes(matches: readonly (RequestMatch | undefined)[]): RouteIndex {
  const exact = new Map<string, number[]>();
  const prefixes = new Map<string, number[]>();
  /** Those that say nothing about the path that a table could hold. */
  const others: number[] = [];
  for (const [position, match] of matches.entries()) {
    const uri = match?.ignoreUriCase === true ? undefined : match?.uri;
    if (uri === undefined || 'regex' in uri) others.push(position);
    else if ('exact' in uri) push(exact, uri.exact, position);
    else push(prefixes, 'prefix' in uri ? uri.prefix : uri.pathPrefix, position);
  }
  const lengths = [...new Set([...prefixes.keys()].map(({ length }) => length))];
  return {
    candidates(path) {
      let found: readonly number[] = others;
      for (const length of lengths) {
        const positions = length <= path.length ? prefixes.get(path.slice(0, length)) : undefined;
        if (positions !== undefined) found = inOrder(found, positions);
      }
      const positions = exact.get(path);
      return positions === undefined ? found : inOrder(found, positions);
    },
  };
}

/** Nearly always one of the two is empty. */
function inOrder(some: readonly number[], more: readonly number[]): readonly number[] {
  return some.length === 0 ? more : [...some, ...more].sort((a, b) => a - b);
}

function push(map: Map<string, number[]>, key: string, position: number): void {
  const positions = map.get(key);
  if (positions === undefined) map.set(key, [position]);
  else positions.push(position);
}
