/**
 * gRPC's way to say how a call ended, for answers the proxy gives itself: a gRPC client looks at `grpc-status` and understands no
 * HTTP status.
 */
import { combinedField } from '../http/fields.ts';

/** Whether a request is a gRPC call. gRPC-Web is none: its status travels in the body. */
export function isGrpc(fields: readonly string[]): boolean {
  const type = combinedField(fields, 'content-type');
  return type !== undefined && /^application\/grpc(?:[+;]|$)/i.test(type);
}

const unknown = 2;

/** gRPC's own mapping (http-grpc-status-mapping.md), which is Envoy's as well. */
const byHttpStatus: Readonly<Record<number, number>> = {
  400: 13, // INTERNAL
  401: 16, // UNAUTHENTICATED
  403: 7, // PERMISSION_DENIED
  404: 12, // UNIMPLEMENTED
  429: 14, // UNAVAILABLE, as are those that follow
  502: 14,
  503: 14,
  504: 14,
};

export function grpcStatusFor(httpStatus: number): number {
  return byHttpStatus[httpStatus] ?? unknown;
}

/** The fields of a response that is nothing but a head (Trailers-Only): its HTTP status is 200. */
export function grpcAnswerFields(status: number, message: string): string[] {
  return ['content-type', 'application/grpc', 'grpc-status', String(status), 'grpc-message', percentEncoded(message)];
}

/** Everything but visible ASCII and the space, and the percent sign itself (PROTOCOL-HTTP2.md, Percent-Encoded). */
function percentEncoded(message: string): string {
  return Buffer.from(message)
    .toString('latin1')
    .replace(/[^\x20-\x24\x26-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
