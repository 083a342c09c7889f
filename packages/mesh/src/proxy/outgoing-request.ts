/**
 * The request as an upstream gets it.
 */
import type { BodyCoding } from '../http/body-encoder.ts';
import { requestTimeoutMs } from '../grpc/timeout.ts';
import { combinedField, hasField } from '../http/fields.ts';
import type { Exchange } from '../http/exchange.ts';
import type { OutgoingRequest } from '../http/transport.ts';
import type { ForwardDecision } from '../routing/decision.ts';
import { describing } from './header-values.ts';
import { changedFields, upstreamFields } from './headers.ts';
import type { ForwardedRequest } from './headers.ts';

export interface RequestToForward {
  exchange: Exchange;
  decision: ForwardDecision;
  /** The host asked for, as sent. */
  authority: string;
  /** Whether the caller is outside the mesh: the upstream is then told who it was. */
  isEdge: boolean;
}

/** A gRPC caller's own limit holds where it is shorter than the route's. */
export function withCallersLimit(decision: ForwardDecision, fields: readonly string[]): ForwardDecision {
  const timeoutMs = requestTimeoutMs(fields, decision.timeoutMs);
  return timeoutMs === undefined || timeoutMs === decision.timeoutMs ? decision : { ...decision, timeoutMs };
}

/** What is left for an attempt that begins now. */
export function leftMs({ timeoutMs, retry: { perTryTimeoutMs } }: ForwardDecision, startedMs: number): number | undefined {
  if (timeoutMs === undefined) return perTryTimeoutMs;
  return Math.min(timeoutMs - (performance.now() - startedMs), perTryTimeoutMs ?? Infinity);
}

const expectedField = 'x-envoy-expected-rq-timeout-ms';

/**
 * What an upstream is told of the attempt, as Envoy does: how long it has, where that is limited, and that it is asked again. The first attempt goes
 * without the latter, because nearly all are the first.
 */
export function attempted(request: OutgoingRequest, number: number, expectedMs: number | undefined): OutgoingRequest {
  if (number === 1 && expectedMs === undefined) return request;
  const { fields } = request;
  const kept =
    expectedMs === undefined || !hasField(fields, expectedField)
      ? fields
      : fields.filter((_, index) => fields[index - (index % 2)]?.toLowerCase() !== expectedField);
  return {
    ...request,
    fields: [
      ...kept,
      ...(expectedMs === undefined ? [] : [expectedField, String(Math.max(1, Math.round(expectedMs)))]),
      ...(number === 1 ? [] : ['x-envoy-attempt-count', String(number)]),
    ],
  };
}

/** As the rule for it says. */
export function outgoingRequest({ exchange, decision, authority, isEdge }: RequestToForward): OutgoingRequest {
  const { head } = exchange;
  const forwarded: ForwardedRequest = { head, authority: decision.authority ?? authority, notes: exchange.notes };
  if (isEdge) forwarded.origin = { address: exchange.remoteAddress, scheme: exchange.scheme, authority };
  const bodyCoding: BodyCoding = head.framing.kind === 'chunked' ? 'chunked' : exchange.hasBody ? 'raw' : 'none';
  const request: OutgoingRequest = {
    method: head.method,
    target: decision.target,
    fields: decision.requestHeaders === undefined ? upstreamFields(forwarded) : changed(forwarded, exchange, decision),
    body: bodyCoding,
    callerProtocol: head.majorVersion === 2 ? 'http2' : 'http1',
  };
  if (head.upgrade === 'websocket') request.upgrade = head.upgrade;
  if (acceptsTrailers(head.fields)) request.acceptsTrailers = true;
  return request;
}

function changed(forwarded: ForwardedRequest, exchange: Exchange, decision: ForwardDecision): readonly string[] {
  return changedFields(upstreamFields(forwarded), decision.requestHeaders, () => describing(exchange, decision));
}

/** RFC 9110 §10.1.4. */
function acceptsTrailers(fields: readonly string[]): boolean {
  const codings = combinedField(fields, 'te');
  return codings !== undefined && /(?:^|,)[\t ]*trailers[\t ]*(?:,|$)/i.test(codings);
}
