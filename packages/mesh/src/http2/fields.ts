/**
 * Field lists between HTTP/1.1 and HTTP/2 (RFC 9113 §8.2). Both are flat `[name, value, …]` lists of latin1 text; what differs is
 * that HTTP/2 has lower-case names, pseudo fields in front, and no fields that concern a connection.
 */
import { combinedField } from '../http/fields.ts';

export interface ReceivedFields {
  /** By name with the colon. */
  pseudo: ReadonlyMap<string, string>;
  fields: string[];
}

/** Cookies, which HTTP/2 may split for compression, are put together again (§8.2.3). */
export function receivedFields(raw: readonly string[]): ReceivedFields {
  const pseudo = new Map<string, string>();
  const fields: string[] = [];
  let cookieAt = -1;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    if (name.startsWith(':')) pseudo.set(name, value);
    else if (name === 'cookie' && cookieAt !== -1) fields[cookieAt] = `${fields[cookieAt] ?? ''}; ${value}`;
    else {
      if (name === 'cookie') cookieAt = fields.length + 1;
      fields.push(name, value);
    }
  }
  return { pseudo, fields };
}

const connectionFields = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'host']);

/** With the pseudo fields in front; `te: trailers`, the only TE there is, has to be added by whoever means it. */
export function sentFields(pseudo: readonly string[], fields: readonly string[]): string[] {
  const sent = [...pseudo];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = (fields[index] ?? '').toLowerCase();
    if (!connectionFields.has(name)) sent.push(name, fields[index + 1] ?? '');
  }
  return sent;
}

/** Trailers in the form node:http2 takes them. */
export function sentTrailers(trailers: readonly string[]): Record<string, string[]> {
  const sent = new Map<string, string[]>();
  for (let index = 0; index + 1 < trailers.length; index += 2) {
    const name = (trailers[index] ?? '').toLowerCase();
    const values = sent.get(name);
    if (values === undefined) sent.set(name, [trailers[index + 1] ?? '']);
    else values.push(trailers[index + 1] ?? '');
  }
  return Object.fromEntries(sent);
}

/** The length a message announces for its body; undefined when it does not. node:http2 has checked it. */
export function announcedLength(fields: readonly string[]): number | undefined {
  const length = combinedField(fields, 'content-length');
  return length === undefined ? undefined : Number(length);
}
