/**
 * Local rate limits of a workload: every endpoint counts for itself what it is about to get, as the sidecar of its Pod would. Asked for each
 * attempt, once its endpoint is chosen; what an endpoint refuses counts as answered by it, so that a rule may have it asked elsewhere.
 */
import type { DescriptorsOf } from '../ratelimit/descriptors.ts';
import type { LocalLimiter } from '../ratelimit/local-limiter.ts';
import type { Endpoint } from '../snapshot/snapshot.ts';
import type { EndpointLimit, EndpointVerdict, RoutedRequest } from './filter.ts';
import { countedRequest, limitToTell, refusalOf } from './rate-limit.ts';

export interface EndpointLimiters {
  /** Those of one endpoint. */
  of: (endpoint: Endpoint) => readonly LocalLimiter[];
  /** What a request counts as; undefined: nothing. */
  descriptorsOf: DescriptorsOf | undefined;
}

export function endpointLimit({ of, descriptorsOf }: EndpointLimiters, request: RoutedRequest): EndpointLimit {
  return (endpoint) => {
    let told: EndpointVerdict | undefined;
    for (const limiter of of(endpoint)) {
      const verdict = limiter.check(countedRequest(request), descriptorsOf);
      const answer = refusalOf(verdict, limiter.limit);
      if (answer !== undefined) return { kind: 'refused', answer };
      const changes = limitToTell(verdict, limiter.limit);
      if (changes !== undefined) told = { kind: 'told', changes };
    }
    return told;
  };
}
