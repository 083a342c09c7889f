/**
 * Answers the proxy gives by itself, as problem details (RFC 9457). `detail` is for the person who reads it.
 */
import { STATUS_CODES } from 'node:http';
import { formatFields } from '../http/fields.ts';
import type { Exchange } from '../http/exchange.ts';
import type { WireError } from '../http/wire-error.ts';
import type { WireWriter } from '../http/wire-writer.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
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
  { status, reason, detail, fields: more = [] }: Answer,
  changes?: readonly HeaderChanges[],
): void {
  const { notes, hasResponseBegun } = exchange;
  if (notes !== undefined && !hasResponseBegun) {
    notes.reason = reason;
    notes.detail = detail;
  }
  const fields = ['Content-Type', 'application/problem+json', 'X-Hikyaku-Reason', reason, ...more];
  respond(exchange, status, changedFields(fields, changes), problem(status, detail));
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
  const body = problem(error.status, `The request is malformed: ${error.message}.`);
  const fields = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'X-Hikyaku-Reason',
    error.code,
  ];
  writer.text(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n${formatFields([...fields, ...date(), 'Connection', 'close'])}\r\n`,
  );
  writer.bytes(Buffer.from(body));
}

function problem(status: number, detail: string): string {
  return `${JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail })}\n`;
}

function date(): string[] {
  return ['Date', new Date().toUTCString()];
}
