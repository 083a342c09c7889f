/**
 * The CORS filter in the snapshot's form.
 */
import type { CORSFilter } from '@hikyaku/resources';
import type { CorsPolicy } from '../route-policies.ts';
import type { StringMatch } from '../snapshot.ts';

/** All that a method can be, for callers with credentials: to these browsers `*` means a method of that name. */
const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];

export function corsOf(cors: CORSFilter, warn: (message: string) => void): CorsPolicy {
  const {
    allowOrigins = [],
    allowMethods = [],
    allowHeaders = [],
    exposeHeaders = [],
    maxAge = 5,
    allowCredentials = false,
  } = cors;
  const methods = allowCredentials && allowMethods.includes('*') ? allMethods : allowMethods;
  for (const [name, list] of Object.entries({ allowHeaders, exposeHeaders })) {
    if (allowCredentials && list.includes('*'))
      warn(`cors.${name}: browsers take * for a header of that name where credentials are allowed; name the headers`);
  }
  return {
    allowOrigins: allowOrigins.map(originMatch),
    ...(methods.length > 0 && { allowMethods: methods.join(',') }),
    ...(allowHeaders.length > 0 && { allowHeaders: allowHeaders.join(',') }),
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
