/**
 * Request heads of HTTP/2 (RFC 9113 §8.3.1) in the form the proxy has for all. node:http2 refuses what breaks the framing of a
 * message; here is refused what would mean something else once it is HTTP/1.1.
 */
import { checkRequestLine, expectsContinue } from '../http/request-head.ts';
import type { RequestHead } from '../http/request-head.ts';
import { singleField } from '../http/fields.ts';
import { requestFraming } from '../http/framing.ts';
import { newWebSocketKey } from './websocket.ts';
import { WireError } from '../http/wire-error.ts';
import { receivedFields } from './fields.ts';

/** `isWhole`: the stream ended with the head. Throws a WireError. */
export function requestHeadOf(raw: readonly string[], isWhole: boolean): RequestHead {
  const { pseudo, fields } = receivedFields(raw);
  const method = pseudo.get(':method') ?? '';
  const tunnel = pseudo.get(':protocol');
  if (tunnel !== undefined && tunnel !== 'websocket')
    throw new WireError('bad_request_line', `the only protocol to connect with here is websocket, not ${tunnel}`);
  const authority = authorityOf(pseudo, fields);
  const target = method === 'CONNECT' && tunnel === undefined ? authority : (pseudo.get(':path') ?? '');
  const head: RequestHead = {
    method,
    target,
    majorVersion: 2,
    minorVersion: 1,
    isPersistent: true,
    fields,
    host: authority,
    framing: isWhole ? { kind: 'none' } : bodyFraming(fields),
    expectsContinue: expectsContinue(fields, 1),
  };
  const understood = tunnel === undefined ? head : asUpgrade(head);
  checkRequestLine(understood.method, understood.target);
  return understood;
}

/** `Host` may stand in for `:authority` but never beside it with another value (§8.3.1). */
function authorityOf(pseudo: ReadonlyMap<string, string>, fields: readonly string[]): string {
  const host = singleField(fields, 'host', 'bad_host');
  const authority = pseudo.get(':authority') ?? host;
  if (authority === undefined) throw new WireError('bad_host', 'neither :authority nor Host');
  if (host !== undefined && host.toLowerCase() !== authority.toLowerCase())
    throw new WireError('bad_host', ':authority and Host name different hosts');
  return authority;
}

/** A body whose length is not announced needs chunks in HTTP/1.1. */
function bodyFraming(fields: readonly string[]): RequestHead['framing'] {
  const framing = requestFraming(fields, 1);
  return framing.kind === 'none' ? { kind: 'chunked' } : framing;
}

/** Extended CONNECT (RFC 8441 §5) as the handshake of HTTP/1.1 that it stands for. */
function asUpgrade(head: RequestHead): RequestHead {
  const fields = [...head.fields, 'sec-websocket-key', newWebSocketKey()];
  return { ...head, method: 'GET', fields, upgrade: 'websocket', framing: { kind: 'none' } };
}
