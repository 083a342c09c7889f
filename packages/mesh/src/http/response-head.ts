/**
 * Response heads (RFC 9112 §4), as strict as request heads: an upstream that is misunderstood can poison what other clients read.
 */
import { connectionOptions } from './connection-options.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { parseFields } from './fields.ts';
import { responseFraming } from './framing.ts';
import type { Framing } from './framing.ts';
import { WireError } from './wire-error.ts';

export interface ResponseHead extends ConnectionOptions {
  status: number;
  reason: string;
  /** 0 or 1. */
  minorVersion: number;
  fields: string[];
  framing: Framing;
}

// The space before an empty reason is required, and often forgotten by those who write servers by hand.
const statusLine = /^HTTP\/1\.[01] [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/;

const versionEnd = 'HTTP/1.1'.length;
const statusEnd = 'HTTP/1.1 200'.length;

/** `text` is latin1 and ends with the empty line; `requestMethod` is that of the request answered. */
export function parseResponseHead(text: string, requestMethod: string): ResponseHead {
  if (!statusLine.test(text))
    throw new WireError('bad_status_line', `${JSON.stringify(text.slice(0, 60))} begins with no HTTP/1.1 status line`);
  const lineEnd = text.indexOf('\r\n');
  const minorVersion = text.charCodeAt(versionEnd - 1) - 0x30;
  const status = Number(text.slice(versionEnd + 1, statusEnd));
  const reason = text.slice(statusEnd + 1, lineEnd);
  const fields = parseFields(text, lineEnd + 2);
  const framing = responseFraming(fields, minorVersion, status, requestMethod);
  const options = connectionOptions(fields, minorVersion);
  const isPersistent = options.isPersistent && framing.kind !== 'until-close';
  const head: ResponseHead = { isPersistent, status, reason, minorVersion, fields, framing };
  if (options.upgrade !== undefined) head.upgrade = options.upgrade;
  if (options.nominated !== undefined) head.nominated = options.nominated;
  return head;
}
