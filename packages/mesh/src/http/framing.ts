/**
 * How long a message body is (RFC 9112 §6). Two peers that disagree about this see different requests in the same bytes, which is
 * what request smuggling is; so everything that leaves room for two opinions is refused, also where the RFC allows repair.
 */
import { combinedField, singleField } from './fields.ts';
import { WireError } from './wire-error.ts';

export type Framing =
  | { kind: 'none' }
  | { kind: 'length'; lengthBytes: number }
  | { kind: 'chunked' }
  /** Responses only: the body ends with the connection. */
  | { kind: 'until-close' };

const none: Framing = { kind: 'none' };

export function requestFraming(fields: readonly string[], minorVersion: number): Framing {
  return declaredFraming(fields, minorVersion) ?? none;
}

/** `requestMethod` is that of the request answered: a HEAD has no body whatever the fields say. */
export function responseFraming(fields: readonly string[], minorVersion: number, status: number, requestMethod: string): Framing {
  // The fields are read in any case: contradictions are refused even where they would not matter.
  const declared = declaredFraming(fields, minorVersion);
  if (requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304) return none;
  return declared ?? { kind: 'until-close' };
}

function declaredFraming(fields: readonly string[], minorVersion: number): Framing | undefined {
  const coding = combinedField(fields, 'transfer-encoding');
  const length = singleField(fields, 'content-length', 'bad_content_length');
  if (coding === undefined) return length === undefined ? undefined : { kind: 'length', lengthBytes: parseLength(length) };
  if (length !== undefined) throw new WireError('ambiguous_length', 'both Content-Length and Transfer-Encoding');
  if (minorVersion === 0) throw new WireError('bad_transfer_encoding', 'Transfer-Encoding in HTTP/1.0');
  if (coding.toLowerCase() !== 'chunked') throw new WireError('bad_transfer_encoding', 'a transfer coding other than chunked');
  return { kind: 'chunked' };
}

/** Digits only: no sign, no list, nothing that another parser may read as another number. */
function parseLength(value: string): number {
  let length = value.length === 0 || value.length > 16 ? NaN : 0;
  for (let index = 0; index < value.length; index++) {
    const digit = value.charCodeAt(index) - 0x30;
    length = digit >= 0 && digit <= 9 ? 10 * length + digit : NaN;
  }
  if (!Number.isSafeInteger(length)) throw new WireError('bad_content_length', 'Content-Length is no number of bytes');
  return length;
}
