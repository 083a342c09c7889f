/**
 * What becomes of the requests of a VirtualService rule: forwarded, redirected, or answered. Istio's defaults are filled in.
 */
import { parseDurationMs } from '@hikyaku/resources';
import { RE2JS } from 're2js';
import { defaultRetry } from '../resilience/retry.ts';
import { compileDestinations } from './destinations.ts';
import type { RouteContext } from './destinations.ts';
import { authoritySetBy } from './header-operations.ts';
import type { HttpRule } from '@hikyaku/resources';
import type { RetryPolicy, Rewrite, RouteAction } from './snapshot.ts';

/** Undefined, with a warning, when the rule leads nowhere. */
export function compileAction(rule: HttpRule, context: RouteContext): RouteAction | undefined {
  if (rule.redirect !== undefined) return redirectAction(rule.redirect);
  if (rule.directResponse !== undefined) return respondAction(rule.directResponse);
  const destinations = compileDestinations(rule, context);
  if (destinations.length === 0) {
    context.warn('has no destination with a weight above 0');
    return undefined;
  }
  const timeoutMs = positiveDurationMs(rule.timeout);
  const rewrite = compileRewrite(rule, context);
  return {
    kind: 'forward',
    destinations,
    ...(rewrite && { rewrite }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    retry: compileRetry(rule.retries),
  };
}

function redirectAction(redirect: NonNullable<HttpRule['redirect']>): RouteAction {
  const { scheme, authority, uri, redirectCode = 301, port, derivePort } = redirect;
  return {
    kind: 'redirect',
    status: redirectCode,
    ...(scheme !== undefined && { scheme }),
    ...(authority !== undefined && { authority }),
    ...(uri !== undefined && { uri: visible(uri) }),
    ...(port !== undefined && { port }),
    ...(derivePort !== undefined && { derivePort }),
  };
}

function respondAction({ status, body }: NonNullable<HttpRule['directResponse']>): RouteAction {
  const { string: text, bytes: base64 } = body ?? {};
  return {
    kind: 'respond',
    status: status ?? 200,
    ...(text !== undefined && { body: text }),
    ...(base64 !== undefined && { base64 }),
  };
}

function compileRewrite({ rewrite, headers }: HttpRule, context: RouteContext): Rewrite | undefined {
  const authority = rewrite?.authority ?? authoritySetBy(headers);
  const uriRegex = compileUriRegex(rewrite?.uriRegexRewrite, (message) => context.warn(message));
  const compiled = {
    ...(rewrite?.uri !== undefined && { uri: visible(rewrite.uri) }),
    ...(uriRegex && { uriRegex }),
    ...(authority !== undefined && { authority }),
  };
  return Object.keys(compiled).length === 0 ? undefined : compiled;
}

type WrittenRegexRewrite = NonNullable<HttpRule['rewrite']>['uriRegexRewrite'];

function compileUriRegex(written: WrittenRegexRewrite, warn: (message: string) => void): Rewrite['uriRegex'] {
  if (written?.match === undefined || written.match === '') return undefined;
  try {
    const groups = RE2JS.compile(written.match).groupCount();
    const substitution = visible(written.rewrite ?? '').replaceAll('%5C', '\\');
    const unknown = [...substitution.matchAll(/\\(\d)/g)].find(([, group]) => Number(group) > groups);
    if (unknown === undefined) return { match: written.match, substitution };
    warn(`rewrite.uriRegexRewrite: ${unknown[0]} names a group that ${written.match} does not have; the path is left alone`);
  } catch (error) {
    warn(`rewrite.uriRegexRewrite: ${JSON.stringify(written.match)} is not RE2: ${String(error)}; the path is left alone`);
  }
  return undefined;
}

/** Percent-encodes what may not stand in a request line or a Location; what is encoded already stays. */
export function visible(uri: string): string {
  return encodeURI(uri).replaceAll('%25', '%');
}

function compileRetry(retries: HttpRule['retries']): RetryPolicy {
  if (retries === undefined) return defaultRetry;
  const perTryTimeoutMs = positiveDurationMs(retries.perTryTimeout);
  const backoffMs = positiveDurationMs(retries.backoff);
  const retryOn = (retries.retryOn ?? '')
    .split(',')
    .map((condition) => condition.trim())
    .filter((condition) => condition !== '');
  return {
    attempts: retries.attempts ?? defaultRetry.attempts,
    ...(perTryTimeoutMs !== undefined && { perTryTimeoutMs }),
    retryOn: retryOn.length > 0 ? retryOn : defaultRetry.retryOn,
    ...(backoffMs !== undefined && { backoffMs }),
    ...(retries.retryIgnorePreviousHosts === false && { mayRepeatEndpoints: true }),
    ...(retries.retryRemoteLocalities === true && { mayLeaveLocality: true }),
  };
}

/** Istio reads a timeout of 0 as none. */
function positiveDurationMs(duration: string | undefined): number | undefined {
  const durationMs = duration === undefined ? 0 : parseDurationMs(duration);
  return durationMs > 0 ? durationMs : undefined;
}
