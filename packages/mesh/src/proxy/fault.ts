/**
 * Faults on purpose (Istio's HTTPFaultInjection): a delay, an answer in place of the upstream's, each for a share of the requests.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultPolicy } from '../snapshot/route-policies.ts';
import { flag } from '../telemetry/response-flags.ts';
import { answer } from './answers.ts';
import type { Filter, FilterResult, RoutedRequest } from './filter.ts';

/** `random` is uniform in [0, 1). */
export function faultFilter({ delay, abort }: FaultPolicy, random: () => number): Filter {
  const isHit = (percent: number) => random() * 100 < percent;
  const abortOrContinue = ({ exchange, decision }: RoutedRequest): FilterResult => {
    if (abort === undefined || !isHit(abort.percent)) return 'continue';
    const detail = `A fault on purpose: the rule for this request aborts ${abort.percent} % of them.`;
    answer(exchange, { status: abort.status, reason: 'fault_injected', detail }, decision.responseHeaders);
    return 'answered';
  };
  return (request) => {
    if (delay === undefined || !isHit(delay.percent)) return abortOrContinue(request);
    const { notes } = request.exchange;
    if (notes !== undefined) notes.flags |= flag('DI');
    return wait(delay.durationMs).then(() => abortOrContinue(request));
  };
}
