/**
 * What undici was asked to send, as the request head the proxy's core works on. Anything that is unusual or that undici would refuse
 * is not taken: undici then does with it what it always did.
 */
import { stringify } from 'node:querystring';
import type { RequestHead } from '../http/request-head.ts';
import { ofLength, requestBody } from './request-body.ts';
import type { RequestBody } from './request-body.ts';
import type { UndiciOptions } from './undici.ts';

export interface MeshRequest {
  head: RequestHead;
  /** Absent: the request has none. */
  body?: RequestBody;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** As the parser takes it off the wire (http/request-head.ts). */
const originForm = /^\/[!"$-~]*$/;
/** Fields undici refuses or has a meaning of its own for. */
const undicisOwn = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect', 'proxy-connection', 'te']);

/** `authority` is that of the origin. Undefined: not one of those that are taken here. */
export function readRequest(options: UndiciOptions, authority: string): MeshRequest | undefined {
  const { method } = options;
  if (typeof method !== 'string' || method === 'CONNECT' || !token.test(method) || isUnusual(options)) return undefined;
  const target = targetOf(options);
  const given = target === undefined ? undefined : fieldsOf(options.headers);
  const body = requestBody(options.body);
  if (target === undefined || given === undefined || body === null) return undefined;
  const { fields, host = authority, contentLength } = given;
  const lengthBytes = contentLength ?? body?.lengthBytes;
  if (contentLength !== undefined && !isLengthOf(contentLength, body)) return undefined;
  if (body?.lengthBytes !== undefined && contentLength === undefined) fields.push('content-length', String(body.lengthBytes));
  if (body?.contentType !== undefined && body.contentType !== '' && !given.hasContentType)
    fields.push('content-type', body.contentType);
  const head: RequestHead = {
    method,
    target,
    minorVersion: 1,
    fields: ['host', host, ...fields],
    host,
    isPersistent: true,
    expectsContinue: false,
    framing: framingOf(body, lengthBytes),
  };
  if (body === undefined) return { head };
  return { head, body: lengthBytes === undefined ? body : ofLength(body, lengthBytes) };
}

function isUnusual({ upgrade, expectContinue, reset }: UndiciOptions): boolean {
  return Boolean(upgrade) || Boolean(expectContinue) || Boolean(reset);
}

function targetOf({ path, query }: UndiciOptions): string | undefined {
  if (typeof path !== 'string' || !originForm.test(path)) return undefined;
  if (query === undefined || query === null) return path;
  if (typeof query !== 'object' || path.includes('?')) return undefined;
  const text = stringify(query as Parameters<typeof stringify>[0]);
  return text === '' ? path : `${path}?${text}`;
}

function isLengthOf(contentLength: number, body: RequestBody | undefined): boolean {
  if (body === undefined) return contentLength === 0;
  return body.lengthBytes === undefined || body.lengthBytes === contentLength;
}

function framingOf(body: RequestBody | undefined, lengthBytes: number | undefined): RequestHead['framing'] {
  if (body === undefined) return { kind: 'none' };
  return lengthBytes === undefined ? { kind: 'chunked' } : { kind: 'length', lengthBytes };
}

interface GivenFields {
  /** Flat, without Host. */
  fields: string[];
  host?: string;
  contentLength?: number;
  hasContentType: boolean;
}

/** Undefined when undici would refuse one of them. */
function fieldsOf(headers: unknown): GivenFields | undefined {
  const given: GivenFields = { fields: [], hasContentType: false };
  for (const [name, value] of entriesOf(headers)) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (each === undefined) continue;
      if (!takeField(given, name, each)) return undefined;
    }
  }
  return given;
}

/** Returns false when it cannot be taken. */
function takeField(given: GivenFields, name: unknown, written: unknown): boolean {
  if (typeof name !== 'string' || !token.test(name)) return false;
  if (typeof written !== 'string' && typeof written !== 'number' && typeof written !== 'boolean') return false;
  const value = String(written);
  const lowerName = name.toLowerCase();
  if (!fieldValue.test(value) || undicisOwn.has(lowerName)) return false;
  if (lowerName === 'host') {
    if (given.host !== undefined) return false;
    given.host = value;
    return true;
  }
  if (lowerName === 'content-length') {
    if (given.contentLength !== undefined || !/^\d{1,15}$/.test(value)) return false;
    given.contentLength = Number(value);
  }
  given.hasContentType ||= lowerName === 'content-type';
  given.fields.push(name, value);
  return true;
}

/** A flat list, pairs, or an object by name; anything else is one entry that no field can be. */
function* entriesOf(headers: unknown): Generator<[name: unknown, value: unknown]> {
  if (headers === undefined || headers === null) return;
  if (typeof headers !== 'object') yield [undefined, null];
  else if (Array.isArray(headers)) {
    for (let index = 0; index < headers.length; index += 2) yield [headers[index], headers[index + 1] ?? null];
  } else if (Symbol.iterator in headers) {
    for (const pair of headers as Iterable<unknown>) yield Array.isArray(pair) ? [pair[0], pair[1]] : [undefined, null];
  } else yield* Object.entries(headers);
}
