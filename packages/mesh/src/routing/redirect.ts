/**
 * Where a redirect sends the client.
 */
import type { Redirect } from '../snapshot/snapshot.ts';
import { parseAuthority } from './authority.ts';
import type { RequestHead } from './match.ts';
import { replacePath } from './path-replacement.ts';

/** The query goes along unless the redirect brings one of its own. */
export function locationOf(redirect: Redirect, head: RequestHead, matchedPrefix: string | undefined): string {
  const scheme = redirect.scheme ?? head.scheme;
  const path = pathOf(redirect, head, matchedPrefix);
  return `${scheme}://${authorityOf(redirect, head, scheme)}${path}${path.includes('?') ? '' : head.query}`;
}

function pathOf({ uri, path }: Redirect, head: RequestHead, matchedPrefix: string | undefined): string {
  return path === undefined ? (uri ?? head.path) : replacePath(head.path, path, matchedPrefix);
}

/** A port that the scheme implies is left out; one that nothing is said of stays. */
function authorityOf(redirect: Redirect, head: RequestHead, scheme: string): string {
  const written = redirect.authority ?? head.authority;
  const { host = written, port: given } = parseAuthority(written) ?? {};
  const isImplied = redirect.authority === undefined && given === defaultPort(head.scheme);
  const port = chosenPort(redirect, head, scheme) ?? (isImplied ? undefined : given);
  return port === undefined || port === defaultPort(scheme) ? host : `${host}:${port}`;
}

function chosenPort({ port, derivePort }: Redirect, head: RequestHead, scheme: string): number | undefined {
  if (port !== undefined) return port;
  if (derivePort === 'GATEWAY_TLS_PORT') return head.gatewayTlsPort ?? defaultPort(scheme);
  if (derivePort === 'FROM_PROTOCOL_DEFAULT') return defaultPort(scheme);
  return derivePort === 'FROM_REQUEST_PORT' ? (parseAuthority(head.authority)?.port ?? defaultPort(head.scheme)) : undefined;
}

function defaultPort(scheme: string): number {
  return scheme === 'https' ? 443 : 80;
}
