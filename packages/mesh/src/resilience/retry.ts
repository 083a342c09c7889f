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
 * Istio's policy for routes that say nothing. `retriable-status-codes` comes without codes, as since Istio 1.24, so that a 503 is not
 * repeated: the service may have done its work before it failed. It is there for requests that name codes themselves. `unavailable` and
 * `cancelled` are gRPC's.
 */
export const defaultRetry: RetryPolicy = {
  attempts: 2,
  retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'],
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
  /** The value of `x-envoy-retriable-status-codes`: codes that count besides those of the policy, where that has `retriable-status-codes`. */
  readonly retriableStatusCodes: string | undefined;
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
      return isAnswerNamed(conditionsOf(policy), result, request);
  }
}

function isIdempotent({ method, hasIdempotencyKey }: RequestTraits): boolean {
  return hasIdempotencyKey || idempotentMethods.has(method);
}

type Answered = Extract<AttemptResult, { kind: 'answered' }>;

function isAnswerNamed(conditions: RetryConditions, { status, fields }: Answered, request: RequestTraits): boolean {
  // Nearly all answers are successes, and for these nobody looks through the request again.
  const isAskedFor = status >= 300 && conditions.takesRequestedCodes && namesCode(request.retriableStatusCodes, status);
  // What a rate limit refused is asked again only where that is wanted: more requests are the last thing it needs.
  if ((isAskedFor || conditions.looksAtFields) && combinedField(fields, 'x-envoy-ratelimited') !== undefined)
    return conditions.isRateLimitNamed;
  if (isAskedFor || conditions.isStatusNamed(status)) return true;
  if (conditions.grpcStatuses.size > 0 && status === 200) {
    // In the head only where the call failed before any message (gRPC's Trailers-Only).
    const grpcStatus = combinedField(fields, 'grpc-status');
    if (grpcStatus !== undefined && conditions.grpcStatuses.has(grpcStatus)) return true;
  }
  return conditions.headers.length > 0 && conditions.headers.some((name) => combinedField(fields, name) !== undefined);
}

function namesCode(codes: string | undefined, status: number): boolean {
  return codes?.split(',').some((code) => code.trim() === String(status)) === true;
}

const defaultBaseMs = 25;

/** Envoy's back-off: full jitter over the base doubling, at most ten times the base. `random` is uniform in [0, 1). */
export function backoffMs(retry: number, random: number, baseMs = defaultBaseMs): number {
  return random * Math.min(baseMs * (2 ** retry - 1), 10 * baseMs);
}
