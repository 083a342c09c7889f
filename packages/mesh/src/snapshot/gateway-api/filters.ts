/**
 * The filters of a rule, or of one of its backends, in the snapshot's form.
 */
import type { HeaderFilter, PathModifier, RequestRedirect, RouteFilter } from '@hikyaku/resources';
import { authoritySetBy, compileHeaderOperations } from '../header-operations.ts';
import type { WrittenHeaders } from '../header-operations.ts';
import type { HeaderOperations } from '../route-policies.ts';
import { visible } from '../route-action.ts';
import type { PathReplacement, Redirect, Rewrite } from '../snapshot.ts';

export function headersOf(filters: readonly RouteFilter[], warn: (message: string) => void): HeaderOperations | undefined {
  return compileHeaderOperations(writtenHeaders(filters), warn);
}

export function rewriteOf(filters: readonly RouteFilter[]): Rewrite | undefined {
  const { hostname, path } = filters.find(({ urlRewrite }) => urlRewrite !== undefined)?.urlRewrite ?? {};
  const authority = hostname ?? authoritySetBy(writtenHeaders(filters));
  if (path === undefined && authority === undefined) return undefined;
  return { ...(path && { path: replacementOf(path) }), ...(authority !== undefined && { authority }) };
}

/** Undefined when no filter redirects. */
export function redirectOf(filters: readonly RouteFilter[]): Redirect | undefined {
  const redirect = filters.find(({ requestRedirect }) => requestRedirect !== undefined)?.requestRedirect;
  return redirect && redirectAction(redirect);
}

/**
 * Without a port, that of the scheme is meant, which for https is served at the gateway's port for TLS; and without a scheme that of the
 * listener: the one the client asked, since the gateway's own number is not the listener's.
 */
function redirectAction({ scheme, hostname, path, port, statusCode = 302 }: RequestRedirect): Redirect {
  return {
    kind: 'redirect',
    status: statusCode,
    ...(scheme !== undefined && { scheme }),
    ...(hostname !== undefined && { authority: hostname }),
    ...(path && { path: replacementOf(path) }),
    ...(port === undefined ? { derivePort: portOf(scheme) } : { port }),
  };
}

function portOf(scheme: string | undefined): NonNullable<Redirect['derivePort']> {
  if (scheme === undefined) return 'FROM_REQUEST_PORT';
  return scheme === 'https' ? 'GATEWAY_TLS_PORT' : 'FROM_PROTOCOL_DEFAULT';
}

function replacementOf({ type, replaceFullPath = '/', replacePrefixMatch = '/' }: PathModifier): PathReplacement {
  return type === 'ReplaceFullPath' ? { full: visible(replaceFullPath) } : { prefix: visible(replacePrefixMatch) };
}

/** As a VirtualService would say it. */
function writtenHeaders(filters: readonly RouteFilter[]): WrittenHeaders {
  const request = filters.find(({ requestHeaderModifier }) => requestHeaderModifier !== undefined)?.requestHeaderModifier;
  const response = filters.find(({ responseHeaderModifier }) => responseHeaderModifier !== undefined)?.responseHeaderModifier;
  return { ...(request && { request: changesOf(request) }), ...(response && { response: changesOf(response) }) };
}

function changesOf({ set, add, remove }: HeaderFilter): NonNullable<WrittenHeaders['request']> {
  return { set: valuesOf(set), add: valuesOf(add), ...(remove && { remove }) };
}

/** Of several entries for one name, whatever its case, the first counts. Unlike Envoy's, values are literal: `%` is no operator. */
function valuesOf(fields: HeaderFilter['set'] = []): Record<string, string> {
  const seen = new Set<string>();
  const first = fields.filter(({ name }) => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase()));
  return Object.fromEntries(first.map(({ name, value }) => [name, value.replaceAll('%', '%%')]));
}
