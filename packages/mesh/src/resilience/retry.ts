/**
 * Whether a failed attempt may be made again. Pure; the waiting and the choice of another endpoint are the caller's.
 *
 *   never sent                  no upstream can have acted on it          any method
 *   sent, no answer             the upstream may have acted on it         idempotent requests, or where the route says so
 *   answered                    the upstream has acted on it              where the route names the answer
 *
 * The middle row covers the keep-alive race as well: an upstream closes an idle connection while the next request is on its way
 * to it. From outside that looks the same as a crash in the middle of the work, so a proxy must not repeat what is not
 * idempotent (RFC 9110 §9.2.2). A request with an Idempotency-Key is one whose sender promises that repeating it is safe.
 */
import { combinedField } from '../http/fields.ts';
import type { RetryPolicy } from '../snapshot/snapshot.ts';
import { conditionsOf } from './retry-conditions.ts';
import type { RetryConditions } from './retry-conditions.ts';

/**
 * Istio's policy for routes that say nothing. 503 answers are not repeated, as since Istio 1.24: the service may have done its
 * work before it failed. `unavailable` and `cancelled` are gRPC's.
 */
export const defaultRetry: RetryPolicy = {
  attempts: 2,
  retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'],
};

export type AttemptResult =
  | { kind: 'never-sent' }
  | { kind: 'no-answer' }
  /** The per-try timeout passed. */
  | { kind: 'timed-out' }
  | { kind: 'answered'; status: number; fields: readonly string[] };

export interface RequestTraits {
  method: string;
  hasIdempotencyKey: boolean;
}

const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export function mayRetry(result: AttemptResult, request: RequestTraits, policy: RetryPolicy): boolean {
  switch (result.kind) {
    case 'never-sent':
      return true;
    case 'no-answer':
    case 'timed-out':
      return isIdempotent(request) || conditionsOf(policy).isNoAnswerNamed;
    case 'answered':
      return isAnswerNamed(conditionsOf(policy), result.status, result.fields);
  }
}

function isIdempotent({ method, hasIdempotencyKey }: RequestTraits): boolean {
  return hasIdempotencyKey || idempotentMethods.has(method);
}

function isAnswerNamed(conditions: RetryConditions, status: number, fields: readonly string[]): boolean {
  // What a rate limit refused is asked again only where that is wanted: more requests are the last thing it needs.
  if (conditions.looksAtFields && combinedField(fields, 'x-envoy-ratelimited') !== undefined) return conditions.isRateLimitNamed;
  if (conditions.isStatusNamed(status)) return true;
  if (conditions.grpcStatuses.size > 0 && status === 200) {
    // In the head only where the call failed before any message (gRPC's Trailers-Only).
    const grpcStatus = combinedField(fields, 'grpc-status');
    if (grpcStatus !== undefined && conditions.grpcStatuses.has(grpcStatus)) return true;
  }
  return conditions.headers.some((name) => combinedField(fields, name) !== undefined);
}

const defaultBaseMs = 25;

/** Envoy's back-off: full jitter over the base doubling, at most ten times the base. `random` is uniform in [0, 1). */
export function backoffMs(retry: number, random: number, baseMs = defaultBaseMs): number {
  return random * Math.min(baseMs * (2 ** retry - 1), 10 * baseMs);
}
