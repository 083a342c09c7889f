/**
 * The `corsPolicy` of a VirtualService rule, with the fields it asks for ready to be sent.
 */
import { parseDurationMs } from '@hikyaku/resources';
import { stringMatch } from './matches.ts';
import type { HttpRule } from '@hikyaku/resources';
import type { CorsPolicy } from './route-policies.ts';
import type { StringMatch } from './snapshot.ts';

type WrittenCors = NonNullable<HttpRule['corsPolicy']>;

export function compileCors(written: WrittenCors | undefined, warn: (message: string) => void): CorsPolicy | undefined {
  if (written === undefined) return undefined;
  const { allowMethods = [], allowHeaders = [], exposeHeaders = [], maxAge } = written;
  return {
    allowOrigins: allowedOrigins(written, warn),
    ...(allowMethods.length > 0 && { allowMethods: allowMethods.join(',') }),
    ...(allowHeaders.length > 0 && { allowHeaders: allowHeaders.join(',') }),
    ...(exposeHeaders.length > 0 && { exposeHeaders: exposeHeaders.join(',') }),
    ...(maxAge !== undefined && { maxAge: String(Math.trunc(parseDurationMs(maxAge) / 1000)) }),
    allowCredentials: written.allowCredentials === true,
    unmatchedPreflights: written.unmatchedPreflights === 'IGNORE' ? 'IGNORE' : 'FORWARD',
  };
}

/** An origin that cannot be read allows nobody. */
function allowedOrigins({ allowOrigin = [], allowOrigins = [] }: WrittenCors, warn: (message: string) => void): StringMatch[] {
  if (allowOrigin.length > 0) warn('corsPolicy.allowOrigin is deprecated, allowOrigins is its name now');
  // As in Istio: the deprecated field counts only where the other says nothing.
  if (allowOrigins.length === 0) return allowOrigin.map((exact) => ({ exact }));
  return allowOrigins.flatMap((origin) => {
    try {
      return [stringMatch(origin)];
    } catch (error) {
      warn(`corsPolicy.allowOrigins: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}
