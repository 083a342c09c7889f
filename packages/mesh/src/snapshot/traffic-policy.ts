/**
 * What a DestinationRule's traffic policies say for one port of a Service or of one of its subsets.
 */
import type { DestinationRule } from '@hikyaku/resources';
import type { LoadBalancing } from '../balance/balancers.ts';
import { nameOf } from './names.ts';
import type { Subset } from './subsets.ts';

type TrafficPolicy = NonNullable<NonNullable<DestinationRule['spec']>['trafficPolicy']>;

/** The part of a policy that port-level settings replace. */
type PortPolicy = Pick<TrafficPolicy, 'loadBalancer'>;

/** For the subset if one is given, else for the Service itself. Undefined is Istio's default, LEAST_REQUEST. */
export function loadBalancingOf(
  rule: DestinationRule | undefined,
  subset: Subset | undefined,
  port: number,
  warn: (message: string) => void,
): LoadBalancing | undefined {
  if (rule === undefined) return undefined;
  const { loadBalancer } = effectivePolicy(rule.spec?.trafficPolicy, subset?.trafficPolicy, port);
  const simple: unknown = loadBalancer?.simple;
  switch (simple) {
    case 'ROUND_ROBIN':
    case 'RANDOM':
      return simple;
    case 'LEAST_CONN':
      warn(`DestinationRule ${nameOf(rule)}: LEAST_CONN is deprecated, LEAST_REQUEST is its name now`);
      return undefined;
    case 'PASSTHROUGH':
      warn(`DestinationRule ${nameOf(rule)}: PASSTHROUGH is not carried out yet, LEAST_REQUEST holds`);
      return undefined;
    default:
      if (loadBalancer?.consistentHash !== undefined)
        warn(`DestinationRule ${nameOf(rule)}: consistentHash is not carried out yet, LEAST_REQUEST holds`);
      return undefined;
  }
}

/** A subset overrides field by field; settings for the port replace all others, and what they leave out is Istio's default. */
function effectivePolicy(ofService: TrafficPolicy | undefined, ofSubset: TrafficPolicy | undefined, port: number): PortPolicy {
  const inherited = portPolicy(ofService, port) ?? ofService ?? {};
  return (
    portPolicy(ofSubset, port) ?? {
      ...inherited,
      ...(ofSubset?.loadBalancer !== undefined && { loadBalancer: ofSubset.loadBalancer }),
    }
  );
}

function portPolicy(policy: TrafficPolicy | undefined, port: number): PortPolicy | undefined {
  return policy?.portLevelSettings?.find((settings) => settings.port?.number === port);
}
