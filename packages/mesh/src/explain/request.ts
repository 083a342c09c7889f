/**
 * A request as a person writes it on a command line, brought into the form routing looks at: the same form the proxy makes of
 * what it reads from the wire.
 */
import { combinedField } from '../http/fields.ts';
import { parseAuthority } from '../routing/authority.ts';
import type { RequestHead } from '../routing/match.ts';
import { parseTarget } from '../routing/path.ts';

export interface AskedRequest {
  method: string;
  /** `http://host[:port]/path?query` or https, or a path alone, which means the gateway on this machine. */
  url: string;
  /** Name and value, in order; a Host header counts before the URL's. */
  headers: readonly (readonly [name: string, value: string])[];
}

/** Thrown for a URL or a Host that no client could send; the message is for the person who wrote it. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
}

export interface AskedHead extends RequestHead {
  /** Of the authority; the scheme's when it names none. */
  port: number;
}

export function headOf({ method, url, headers }: AskedRequest): AskedHead {
  const sent = parseUrl(url);
  const fields = headers.flatMap(([name, value]) => [name, asLatin1(value)]);
  const authority = combinedField(fields, 'host') ?? sent.authority;
  const parsed = parseAuthority(authority);
  const target = parseTarget(sent.target);
  if (parsed === undefined || target === undefined) throw new BadRequestError(`${JSON.stringify(authority)} names no host`);
  if (combinedField(fields, 'host') === undefined) fields.push('Host', authority);
  return {
    method,
    path: target.path,
    query: target.query,
    target: sent.target,
    scheme: sent.scheme,
    host: parsed.host,
    authority,
    port: parsed.port ?? (sent.scheme === 'https' ? 443 : 80),
    header: (name) => combinedField(fields, name),
  };
}

function parseUrl(url: string): { scheme: 'http' | 'https'; authority: string; target: string } {
  const [, secure, authority = 'localhost', rest] = /^(?:http(s?):\/\/([^/?#@]+))?((?:[/?#].*)?)$/i.exec(url) ?? [];
  if (rest === undefined || url === '')
    throw new BadRequestError(`${JSON.stringify(url)} is no URL: expected http://HOST/PATH or /PATH`);
  const target = rest.replace(/#.*$/, '').replace(/[^\x21-\x7e]+/g, encodeURIComponent);
  const scheme = secure?.toLowerCase() === 's' ? 'https' : 'http';
  return { scheme, authority, target: target.startsWith('/') ? target : `/${target}` };
}

/** Header values are bytes on the wire, one character each. */
function asLatin1(value: string): string {
  return Buffer.from(value).toString('latin1');
}
