/**
 * The Gateway API's path modifiers, for rewrites and redirects alike.
 */
import type { PathReplacement } from '../snapshot/snapshot.ts';

/**
 * By whole path elements, so `/api` → `/` makes `/users` of `/api/users`, and a slash at the end of either
 * counts for nothing. Without a matched prefix the replacement of one is that of the whole path.
 */
export function replacePath(path: string, replacement: PathReplacement, matchedPrefix: string | undefined): string {
  const replaced =
    'full' in replacement
      ? replacement.full
      : replacement.prefix.replace(/\/$/, '') + path.slice((matchedPrefix ?? path).replace(/\/$/, '').length);
  return replaced.startsWith('/') ? replaced : `/${replaced}`;
}
