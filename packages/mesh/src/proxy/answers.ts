/**
 * Answers the proxy gives by itself, as problem details (RFC 9457), or as the status of a gRPC call. `detail` is for the person who reads it.
 */
import { STATUS_CODES } from 'node:http';
import { constants } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import { grpcAnswerFields, grpcStatusFor, isGrpc } from '../grpc/status.ts';
import { formatHead } from '../http/fields.ts';
import type { Exchange } from '../http/exchange.ts';
import { sentFields } from '../http2/fields.ts';
import type { WireError } from '../http/wire-error.ts';
import type { WireWriter } from '../http/wire-writer.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import { describing } from './header-values.ts';
import { changedFields } from './headers.ts';

/** Why the proxy answers itself: stable codes, in `x-hikyaku-reason`. */
export type AnswerReason =
  | 'bad_request'
  | 'misdirected'
  | 'no_route'
  | 'invalid_backend'
  | 'no_cluster'
  | 'no_endpoint'
  | 'upstream_failed'
  | 'upstream_overflow'
  | 'upstream_timeout'
  | 'fault_injected'
  | 'unauthenticated'
  | 'denied'
  | 'rate_limited';

export interface Answer {
  status: number;
  reason: AnswerReason;
  detail: string;
  /** What a gRPC call is told in place of the status that stands for the HTTP status. */
  grpcStatus?: number;
  /** More header fields, as a flat list. */
  fields?: readonly string[];
}

/** Does nothing when the response has begun: then the only honest thing left is to break it off, which is the caller's. */
export function answer(
  exchange: Exchange,
  { status, reason, detail, grpcStatus = grpcStatusFor(status), fields: more = [] }: Answer,
  changes?: readonly HeaderChanges[],
): void {
  const { notes, hasResponseBegun } = exchange;
  if (notes !== undefined && !hasResponseBegun) {
    notes.reason = reason;
    notes.detail = detail;
  }
  if (isGrpc(exchange.head.fields)) {
    const fields = [...grpcAnswerFields(grpcStatus, detail), 'X-Hikyaku-Reason', reason, ...more, ...date()];
    exchange.begin({ status: 200, reason: 'OK', fields: changed(exchange, 200, fields, changes), body: 'none' });
    exchange.end();
    return;
  }
  const fields = ['Content-Type', 'application/problem+json', 'X-Hikyaku-Reason', reason, ...more];
  respond(exchange, status, changed(exchange, status, fields, changes), problem(status, detail));
}

/** As a rule wants the fields of what the proxy answers itself. */
export function changed(
  exchange: Exchange,
  status: number,
  fields: readonly string[],
  changes: readonly HeaderChanges[] | undefined,
): readonly string[] {
  const { route, cluster } = exchange.notes ?? {};
  return changedFields(fields, changes, () => describing(exchange, { route, cluster }, { status, responseFields: fields }));
}

/** A whole response at once. */
export function respond(exchange: Exchange, status: number, fields: readonly string[], text: string | Buffer): void {
  if (exchange.hasResponseBegun) return;
  const body = typeof text === 'string' ? Buffer.from(text) : text;
  const isBodyless = exchange.head.method === 'HEAD' || status === 204 || status === 304;
  const length = status === 204 ? [] : ['Content-Length', String(body.length)];
  exchange.begin({
    status,
    reason: STATUS_CODES[status] ?? '',
    fields: [...fields, ...length, ...date()],
    body: isBodyless ? 'none' : 'length',
  });
  exchange.write(body);
  exchange.end();
}

/** The answer to bytes that are no request; the connection ends after it. */
export function refuse(error: WireError, writer: WireWriter): void {
  const { fields, body } = refusal(error);
  writer.text(formatHead(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`, [...fields, 'Connection', 'close']));
  writer.bytes(Buffer.from(body));
}

/** The same on HTTP/2, where only the stream ends. */
export function refuseStream(error: WireError, stream: ServerHttp2Stream): void {
  const { fields, body } = refusal(error);
  stream.respond(sentFields([':status', String(error.status)], fields));
  stream.end(body, () => stream.close(constants.NGHTTP2_PROTOCOL_ERROR));
}

function refusal(error: WireError): { fields: string[]; body: string } {
  const body = problem(error.status, `The request is malformed: ${error.message}.`);
  const length = String(Buffer.byteLength(body));
  return {
    fields: [
      ...['Content-Type', 'application/problem+json', 'Content-Length', length, 'X-Hikyaku-Reason', error.code],
      ...date(),
    ],
    body,
  };
}

function problem(status: number, detail: string): string {
  return `${JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail })}\n`;
}

function date(): string[] {
  return ['Date', new Date().toUTCString()];
}
