/**
 * Faults on purpose (Istio's HTTPFaultInjection): a delay, an answer in place of the upstream's, each for a share of the requests.
 * The delay comes before the route's timeout begins, as in Envoy: it makes no request time out.
 */
import type { Exchange } from '../http/exchange.ts';
import type { FaultPolicy } from '../snapshot/route-policies.ts';
import { answer } from './answers.ts';
import type { Filter, FilterResult, RoutedRequest } from './filter.ts';
import { noteFlag } from './notes.ts';

/** `random` is uniform in [0, 1). */
export function faultFilter({ delay, abort }: FaultPolicy, random: () => number): Filter {
  const isHit = (percent: number) => random() * 100 < percent;
  const abortOrContinue = ({ exchange, decision }: RoutedRequest): FilterResult => {
    if (abort === undefined || !isHit(abort.percent)) return 'continue';
    const { status, grpcStatus, percent } = abort;
    const detail = `A fault on purpose: the rule for this request aborts ${percent} % of them.`;
    const given = { status, reason: 'fault_injected', detail, ...(grpcStatus !== undefined && { grpcStatus }) } as const;
    answer(exchange, given, decision.responseHeaders);
    return 'answered';
  };
  return (request) => {
    if (delay === undefined || !isHit(delay.percent)) return abortOrContinue(request);
    noteFlag(request.exchange, 'DI');
    return held(request.exchange, delay.durationMs).then((isThere) => (isThere ? abortOrContinue(request) : 'answered'));
  };
}

/** Resolves after the time with true, or with false as soon as the caller has gone. */
function held(exchange: Exchange, durationMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), durationMs);
  exchange.events = {
    onClientDrain: () => undefined,
    onGone: () => {
      clearTimeout(timer);
      resolve(false);
    },
  };
  return promise;
}
