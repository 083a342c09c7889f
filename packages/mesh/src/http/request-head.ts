/**
 * Request heads (RFC 9112 §3): strict, and whole heads only; `head-reader.ts` puts them together from what arrives.
 */
import { connectionOptions } from './connection-options.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { combinedField, parseFields, singleField } from './fields.ts';
import { requestFraming } from './framing.ts';
import type { Framing } from './framing.ts';
import { WireError } from './wire-error.ts';

export interface RequestHead extends ConnectionOptions {
  method: string;
  /** As sent, in one of the four forms of RFC 9112 §3.2: visible ASCII without `#`. */
  target: string;
  /** Absent: HTTP/1. */
  majorVersion?: 2;
  /** 0 or 1; of HTTP/2 it is 1 here, because what HTTP/1.1 can do it can. */
  minorVersion: number;
  fields: string[];
  /** Absent in HTTP/1.0 only. */
  host?: string;
  framing: Framing;
  /** The client waits for a 100 before it sends the body (RFC 9110 §10.1.1). */
  expectsContinue: boolean;
}

const requestLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32} [!"$-~]+ HTTP\/1\.[01]\r\n/;

/** Origin form, or absolute form. */
const resourceTarget = /^(?:\/|[A-Za-z][A-Za-z\d+.-]*:\/\/[^/?])/;
const authorityTarget = /^[^/?@]+:\d+$/;

/** `text` is latin1 and ends with the empty line. */
export function parseRequestHead(text: string): RequestHead {
  // Looked at as a whole, and taken apart by its two spaces: what an expression captures costs more than the rest of it.
  if (!requestLine.test(text)) throw whyBadRequestLine(text);
  const methodEnd = text.indexOf(' ');
  const targetEnd = text.indexOf(' ', methodEnd + 1);
  const method = text.slice(0, methodEnd);
  const target = text.slice(methodEnd + 1, targetEnd);
  checkTarget(method, target);
  const versionEnd = targetEnd + ' HTTP/1.1'.length;
  const minorVersion = text.charCodeAt(versionEnd - 1) - 0x30;
  const fields = parseFields(text, versionEnd + 2);
  const host = singleField(fields, 'host', 'bad_host');
  if (host === undefined && minorVersion === 1) throw new WireError('bad_host', 'no Host field');
  const { isPersistent, upgrade, nominated } = connectionOptions(fields, minorVersion);
  const framing = requestFraming(fields, minorVersion);
  const head: RequestHead = {
    isPersistent,
    method,
    target,
    minorVersion,
    fields,
    framing,
    expectsContinue: expectsContinue(fields, minorVersion),
  };
  // Absent where there is none; spreading objects that are nearly always empty costs more than the fields of most requests.
  if (host !== undefined) head.host = host;
  if (upgrade !== undefined) head.upgrade = upgrade;
  if (nominated !== undefined) head.nominated = nominated;
  return head;
}

/** For requests that came by other ways than a request line, and may have to be written as one. Throws a WireError. */
export function checkRequestLine(method: string, target: string): void {
  if (!requestLine.test(`${method} ${target} HTTP/1.1\r\n`))
    throw new WireError('bad_request_line', `${JSON.stringify(`${method} ${target}`.slice(0, 60))} makes no request line`);
  checkTarget(method, target);
}

function checkTarget(method: string, target: string): void {
  if (!isTargetFor(method, target))
    throw new WireError('bad_request_line', `${JSON.stringify(target.slice(0, 60))} is no request target for ${method}`);
}

/** The four forms of RFC 9112 §3.2; two of them belong to one method each. */
function isTargetFor(method: string, target: string): boolean {
  if (method === 'CONNECT') return authorityTarget.test(target);
  return resourceTarget.test(target) || (target === '*' && method === 'OPTIONS');
}

/** Whether the client waits for a 100. Throws a WireError when it expects anything else. */
export function expectsContinue(fields: readonly string[], minorVersion: number): boolean {
  const expectation = combinedField(fields, 'expect');
  if (expectation === undefined) return false;
  if (expectation.toLowerCase() !== '100-continue')
    throw new WireError('bad_expectation', 'an expectation other than 100-continue', 417);
  // HTTP/1.0 has no such thing, and its clients do not wait.
  return minorVersion === 1;
}

function whyBadRequestLine(text: string): WireError {
  const line = text.slice(0, text.indexOf('\r\n'));
  if (/[\r\n]/.test(line)) return new WireError('bad_line_ending', 'a line ends in a bare CR or LF');
  if (/ HTTP\/\d\.\d$/.test(line) && !/ HTTP\/1\.[01]$/.test(line))
    return new WireError('bad_version', 'only HTTP/1.0 and HTTP/1.1 are spoken here', 505);
  if (/[\x80-\xff]/.test(line))
    return new WireError('bad_request_line', 'the request target has characters that must be percent-encoded');
  return new WireError('bad_request_line', `${JSON.stringify(line.slice(0, 60))} is no request line`);
}
