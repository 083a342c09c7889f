/**
 * Rate limits as a filter: local ones first, which cost nothing to ask. A request over a limit is answered here.
 */
import { combinedField } from '../http/fields.ts';
import type { CountedRequest, DescriptorsOf } from '../ratelimit/descriptors.ts';
import type { GlobalLimiter, Uncounted } from '../ratelimit/global-limiter.ts';
import type { LocalLimiter } from '../ratelimit/local-limiter.ts';
import { limitHeaders, retryAfter } from '../ratelimit/verdict.ts';
import type { Verdict } from '../ratelimit/verdict.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import { answer } from './answers.ts';
import type { Answer } from './answers.ts';
import type { Filter, FilterResult, RoutedRequest } from './filter.ts';

export interface RateLimiters {
  local: readonly LocalLimiter[];
  global: readonly GlobalLimiter[];
  /** What a request counts as; undefined: nothing. */
  descriptorsOf: DescriptorsOf | undefined;
}

export function rateLimitFilter({ local, global, descriptorsOf }: RateLimiters): Filter {
  const askGlobal = (request: RoutedRequest, from: number): FilterResult | Promise<FilterResult> => {
    for (let position = from; position < global.length; position++) {
      const limiter = global[position];
      if (limiter === undefined || descriptorsOf === undefined) break;
      const verdict = limiter.check(countedRequest(request), descriptorsOf);
      if (verdict instanceof Promise) {
        return verdict.then((later) =>
          settle(request, later, limiter.limit) === 'answered' ? 'answered' : askGlobal(request, position + 1),
        );
      }
    }
    return 'continue';
  };
  return (request) => {
    for (const limiter of local) {
      const verdict = limiter.check(countedRequest(request), descriptorsOf);
      if (settle(request, verdict, limiter.limit) === 'answered') return 'answered';
    }
    return global.length === 0 ? 'continue' : askGlobal(request, 0);
  };
}

/** Behind the gateway the client is the last that a trusted hop has named. */
export function countedRequest({ exchange, head, isEdge }: RoutedRequest): CountedRequest {
  const forwarded = isEdge ? undefined : combinedField(exchange.head.fields, 'x-forwarded-for');
  return { head, remoteAddress: forwarded?.split(',').at(-1)?.trim() ?? exchange.remoteAddress };
}

interface Manner {
  status: number;
  tellsLimit: boolean;
  responseHeaders?: readonly [name: string, value: string][];
}

function settle(request: RoutedRequest, verdict: Verdict | Uncounted, manner: Manner): FilterResult {
  const refusal = refusalOf(verdict, manner);
  const { exchange, decision } = request;
  if (refusal !== undefined) {
    answer(exchange, refusal, decision.responseHeaders);
    return 'answered';
  }
  const changes = limitToTell(verdict, manner);
  if (changes !== undefined) request.decision = { ...decision, responseHeaders: [...(decision.responseHeaders ?? []), changes] };
  return 'continue';
}

/** Undefined: the request may pass. */
export function refusalOf(verdict: Verdict | Uncounted, { status, responseHeaders = [] }: Manner): Answer | undefined {
  if (verdict.isAllowed) return undefined;
  if ('failure' in verdict) {
    // Envoy's default status_on_error.
    const detail = `The request cannot be counted, and the rate limit lets nothing through uncounted: ${verdict.failure}.`;
    return { status: 500, reason: 'rate_limited', detail };
  }
  const seconds = retryAfter(verdict);
  const detail = `Too many requests: the limit is ${verdict.limit?.requests ?? 0}. Try again in ${seconds} s.`;
  const fields = [
    'Retry-After',
    seconds,
    ...limitHeaders(verdict).flat(),
    'x-envoy-ratelimited',
    'true',
    ...responseHeaders.flat(),
  ];
  return { status, reason: 'rate_limited', detail, fields };
}

/** What the answer to a request within the limit says of it. */
export function limitToTell(verdict: Verdict | Uncounted, { tellsLimit }: Manner): HeaderChanges | undefined {
  return tellsLimit && 'limit' in verdict ? { remove: [], set: limitHeaders(verdict), add: [] } : undefined;
}
