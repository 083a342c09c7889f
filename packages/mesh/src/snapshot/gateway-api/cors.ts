/**
 * The CORS filter in the snapshot's form.
 */
import type { CORSFilter } from '@hikyaku/resources';
import type { CorsPolicy } from '../route-policies.ts';
import type { StringMatch } from '../snapshot.ts';

export function corsOf(cors: CORSFilter, warn: (message: string) => void): CorsPolicy {
  const {
    allowOrigins = [],
    allowMethods = [],
    allowHeaders = [],
    exposeHeaders = [],
    maxAge = 5,
    allowCredentials = false,
  } = cors;
  const isAny = (list: readonly string[]) => allowCredentials && list.includes('*');
  const [anyMethod, anyHeader] = [isAny(allowMethods), isAny(allowHeaders)];
  if (isAny(exposeHeaders))
    warn('cors.exposeHeaders: browsers take * for a header of that name where credentials are allowed; name the headers');
  return {
    allowOrigins: allowOrigins.map(originMatch),
    ...(allowMethods.length > 0 && { allowMethods: allowMethods.join(',') }),
    ...(allowHeaders.length > 0 && { allowHeaders: allowHeaders.join(',') }),
    ...((anyMethod || anyHeader) && {
      allowRequested: { ...(anyMethod && { methods: true as const }), ...(anyHeader && { headers: true as const }) },
    }),
    ...(exposeHeaders.length > 0 && { exposeHeaders: exposeHeaders.join(',') }),
    maxAge: String(maxAge),
    allowCredentials,
    unmatchedPreflights: 'IGNORE',
  };
}

/** `*` within a host stands for any number of labels. */
function originMatch(origin: string): StringMatch {
  if (origin === '*' || !origin.includes('*')) return { exact: origin };
  return { regex: origin.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace('*', '.*') };
}
