/**
 * What may happen to a request between the routing decision and its being carried out: answered here (CORS preflight, rate limit,
 * fault), held back for a while, copied. Each is a file of its own that knows nothing of the others; `filters.ts` stacks them.
 */
import type { Exchange } from '../http/exchange.ts';
import type { Decision } from '../routing/decision.ts';
import type { RequestHead } from '../routing/match.ts';
import type { HeaderChanges } from '../snapshot/route-policies.ts';
import type { Endpoint } from '../snapshot/snapshot.ts';
import type { Answer } from './answers.ts';
import type { Upstreams } from './upstreams.ts';

export type RoutedDecision = Exclude<Decision, { kind: 'refuse' }>;

export interface RoutedRequest {
  exchange: Exchange;
  head: RequestHead;
  decision: RoutedDecision;
  /** Whether the caller is outside the mesh. */
  isEdge: boolean;
  upstreams: Upstreams;
  /** What each endpoint lets through; absent: everything. */
  endpointLimit?: EndpointLimit;
  /** Absent: copies are let in everywhere. */
  admitsCopy?: AdmitsCopy;
}

/** Whether the policies of a cluster let a copy of this request in. */
export type AdmitsCopy = (cluster: string) => boolean;

/** Asked once an endpoint is chosen. Undefined: it may have the request, and there is nothing to say. */
export type EndpointLimit = (endpoint: Endpoint) => EndpointVerdict | undefined;

export type EndpointVerdict =
  | { kind: 'refused'; answer: Answer }
  /** Its answer says how much is left. */
  | { kind: 'told'; changes: HeaderChanges };

/**
 * `answered`: the filter has given the response, or will; the request goes no further. A promise holds the request back; filters
 * that need not wait must not return one, because every promise costs a turn of the event loop.
 */
export type FilterResult = 'continue' | 'answered';
export type Filter = (request: RoutedRequest) => FilterResult | Promise<FilterResult>;

/** Calls `proceed` when all let the request pass and the caller is still there; in the same turn where no filter waits. */
export function runFilters(filters: readonly Filter[], request: RoutedRequest, proceed: () => void, from = 0): void {
  for (let position = from; position < filters.length; position++) {
    const result = filters[position]?.(request);
    if (result === 'answered') return;
    if (result instanceof Promise) {
      void result.then((later) => {
        if (later === 'continue' && !request.exchange.isOver) runFilters(filters, request, proceed, position + 1);
      });
      return;
    }
  }
  proceed();
}
