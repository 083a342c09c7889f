/**
 * Whether a failed attempt may be made again. Pure; the waiting and the choice of another endpoint are the caller's.
 *
 *   never sent                  no upstream can have acted on it          any method
 *   sent, no answer             the upstream may have acted on it         idempotent requests, or where the route says so
 *   answered                    the upstream has acted on it              where the route names the status
 *
 * The middle row covers the keep-alive race as well: an upstream closes an idle connection while the next request is on its way
 * to it. From outside that looks the same as a crash in the middle of the work, so a proxy must not repeat what is not
 * idempotent (RFC 9110 §9.2.2). A request with an Idempotency-Key is one whose sender promises that repeating it is safe.
 */
import type { RetryPolicy } from '../snapshot/snapshot.ts';

/**
 * Istio's policy for routes that say nothing. 503 answers are not repeated, as since Istio 1.24: the service may have done its
 * work before it failed. `unavailable` and `cancelled` are gRPC's, which HTTP/1.1 does not carry.
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
  | { kind: 'answered'; status: number };

export interface RequestTraits {
  method: string;
  hasIdempotencyKey: boolean;
}

const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Envoy's `x-envoy-retry-on` conditions that ask for a retry when the upstream gave no answer. */
const noAnswerConditions = ['reset', '5xx', 'gateway-error'];

export function mayRetry(result: AttemptResult, request: RequestTraits, policy: RetryPolicy): boolean {
  switch (result.kind) {
    case 'never-sent':
      return true;
    case 'no-answer':
    case 'timed-out':
      return isIdempotent(request) || noAnswerConditions.some((condition) => policy.retryOn.includes(condition));
    case 'answered':
      return policy.retryOn.some((condition) => namesStatus(condition, result.status));
  }
}

function isIdempotent({ method, hasIdempotencyKey }: RequestTraits): boolean {
  return hasIdempotencyKey || idempotentMethods.has(method);
}

function namesStatus(condition: string, status: number): boolean {
  if (condition === '5xx') return status >= 500;
  if (condition === 'gateway-error') return status >= 502 && status <= 504;
  if (condition === 'retriable-4xx') return status === 409;
  return condition === String(status);
}

const baseIntervalMs = 25;

/** Envoy's back-off: full jitter over 25 ms doubling, at most ten times the base. `random` is uniform in [0, 1). */
export function backoffMs(retry: number, random: number): number {
  return random * Math.min(baseIntervalMs * (2 ** retry - 1), 10 * baseIntervalMs);
}
