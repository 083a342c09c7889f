/**
 * What a DestinationRule's traffic policies say for one port of a Service or of one of its subsets.
 */
import type { PolicyParts, Subset, TrafficPolicy } from '@hikyaku/resources';
import type { ClusterPolicies } from './cluster-policies.ts';
import { connectionPoolOf, outlierDetectionOf, retryBudgetOf } from './connection-pool.ts';
import type { MergedRule } from './destination-rules.ts';
import { balancerAnnotation, loadBalancerPolicies } from './load-balancer.ts';
import type { Warn } from './policy-values.ts';
import { upstreamTlsOf } from './upstream-tls.ts';
import type { UpstreamTlsContext } from './upstream-tls.ts';

/** Beside the rule itself: where its Secrets are, and what a ServiceEntry says of certificates. */
export type PolicyContext = Omit<UpstreamTlsContext, 'namespace'>;

/** For the subset if one is given, else for the Service itself. What is absent is Istio's default. */
export function policiesOf(rule: MergedRule, subset: Subset | undefined, port: number, context: PolicyContext): ClusterPolicies {
  const say: Warn = (message) => context.warn(`DestinationRule ${rule.name}: ${message}`);
  const policy = effectivePolicy(rule.trafficPolicy, subset?.trafficPolicy, port);
  const { connectionPool, outlierDetection, retryBudget, loadBalancer, tls: written } = policy;
  const pool = connectionPoolOf(connectionPool, say);
  const [namespace = 'default'] = rule.name.split('/');
  const tls = written && upstreamTlsOf(written, { ...context, namespace, warn: (message) => say(`tls: ${message}`) });
  const minHealthPercent = outlierDetection?.minHealthPercent ?? 0;
  const balancing = loadBalancerPolicies(loadBalancer, rule.annotations[balancerAnnotation], outlierDetection !== undefined, say);
  // What passes through is one address to Istio: nothing behind it is ejected.
  const isPassing = balancing.loadBalancer?.kind === 'PASSTHROUGH';
  return {
    ...balancing,
    ...(pool && { connectionPool: pool }),
    ...(outlierDetection && !isPassing && { outlierDetection: outlierDetectionOf(outlierDetection, say) }),
    ...(minHealthPercent > 0 && { minHealthPercent }),
    ...(retryBudget && { retryBudget: retryBudgetOf(retryBudget) }),
    ...(tls && { tls }),
  };
}

type Effective = PolicyParts & Pick<TrafficPolicy, 'retryBudget'>;

/**
 * A subset overrides field by field; settings for the port replace all that a port can have, and what they leave out is Istio's default. The
 * retry budget is none of it.
 */
function effectivePolicy(ofService: TrafficPolicy = {}, ofSubset: TrafficPolicy = {}, port: number): Effective {
  const retryBudget = ofSubset.retryBudget ?? ofService.retryBudget;
  const parts = portParts(ofSubset, port) ?? { ...(portParts(ofService, port) ?? partsOf(ofService)), ...partsOf(ofSubset) };
  return { ...parts, ...(retryBudget && { retryBudget }) };
}

function portParts(policy: TrafficPolicy, port: number): PolicyParts | undefined {
  const settings = policy.portLevelSettings?.find((candidate) => candidate.port?.number === port);
  return settings && partsOf(settings);
}

function partsOf({ loadBalancer, connectionPool, outlierDetection, tls }: PolicyParts): PolicyParts {
  return {
    ...(loadBalancer && { loadBalancer }),
    ...(connectionPool && { connectionPool }),
    ...(outlierDetection && { outlierDetection }),
    ...(tls && { tls }),
  };
}
