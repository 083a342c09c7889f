/**
 * The conditions of `retryOn`, made ready to be asked: Envoy's `x-envoy-retry-on` and `x-envoy-retry-grpc-on`, and plain status codes.
 * `connect-failure`, `refused-stream` and `reset-before-request` are not among them, because what was never sent is always repeated, nor
 * `http3-post-connect-failure`, because there is no HTTP/3.
 */
import { byIdentity } from '../routing/by-identity.ts';
import type { RetryPolicy } from '../snapshot/snapshot.ts';

export interface RetryConditions {
  /** Whether a retry is asked for when the upstream gave no answer. */
  isNoAnswerNamed: boolean;
  isStatusNamed(status: number): boolean;
  /** `retriable-status-codes`, which every code written in the list implies: requests may name more. */
  takesRequestedCodes: boolean;
  isRateLimitNamed: boolean;
  /** As they stand in a `grpc-status` field. */
  grpcStatuses: ReadonlySet<string>;
  /** Names, in lower case, of fields whose presence asks for a retry. */
  headers: readonly string[];
  /** Whether any answer at all can be a reason. */
  looksAtFields: boolean;
}

const noAnswerConditions = ['reset', '5xx', 'gateway-error'];
const grpcConditions: Readonly<Record<string, string>> = {
  cancelled: '1',
  'deadline-exceeded': '4',
  'resource-exhausted': '8',
  internal: '13',
  unavailable: '14',
};
const statusConditions: Readonly<Record<string, (status: number) => boolean>> = {
  '5xx': (status) => status >= 500,
  'gateway-error': (status) => status >= 502 && status <= 504,
  'retriable-4xx': (status) => status === 409,
};

/** Made once for each policy object, which a snapshot keeps. */
export const conditionsOf = byIdentity(compile);

function compile({ retryOn, retriableHeaders = [] }: RetryPolicy): RetryConditions {
  const codes = new Set(retryOn.filter((condition) => /^\d{3}$/.test(condition)).map(Number));
  const tests = retryOn.flatMap((condition) => statusConditions[condition] ?? []);
  const headers = retryOn.includes('retriable-headers') ? retriableHeaders : [];
  const isRateLimitNamed = retryOn.includes('envoy-ratelimited');
  return {
    isNoAnswerNamed: noAnswerConditions.some((condition) => retryOn.includes(condition)),
    isStatusNamed: (status) => codes.has(status) || tests.some((test) => test(status)),
    takesRequestedCodes: codes.size > 0 || retryOn.includes('retriable-status-codes'),
    isRateLimitNamed,
    grpcStatuses: new Set(retryOn.flatMap((condition) => grpcConditions[condition] ?? [])),
    headers,
    looksAtFields: codes.size > 0 || tests.length > 0 || headers.length > 0 || isRateLimitNamed,
  };
}
