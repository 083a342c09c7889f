/**
 * What a DestinationRule's loadBalancer says, with the defaults Istio gives it: the balancer, warm-up, and where traffic goes by locality.
 */
import type { ConsistentHash, LoadBalancerSettings } from '@hikyaku/resources';
import type { ClusterPolicies, HashKey, LoadBalancerPolicy, LocalityPolicy, WarmupPolicy } from './cluster-policies.ts';
import { durationMs } from './policy-values.ts';
import type { Warn } from './policy-values.ts';

/** On a DestinationRule: chooses a balancer Istio has no name for, where no other is named. Istio ignores it. */
export const balancerAnnotation = 'hikyaku.dev/load-balancer';
const leastResponseTime = 'least-response-time';

const defaultRingSize = 1024;
/** A ring is built while the first request waits. */
const largestRing = 65_536;
/** Istio's. */
const defaultTableSize = 65_537;
const largestTable = 5_000_011;

/** `annotation` is the value of `balancerAnnotation`, `withOutliers` whether endpoints may be ejected. */
export function loadBalancerPolicies(
  settings: LoadBalancerSettings = {},
  annotation: string | undefined,
  withOutliers: boolean,
  warn: Warn,
): Pick<ClusterPolicies, 'loadBalancer' | 'warmup' | 'locality'> {
  const loadBalancer = balancerOf(settings, annotation, warn);
  const warmup = warmupOf(settings, loadBalancer, warn);
  // Who passes through does not look at endpoints at all.
  const locality = loadBalancer?.kind === 'PASSTHROUGH' ? undefined : localityOf(settings, withOutliers, warn);
  return { ...(loadBalancer && { loadBalancer }), ...(warmup && { warmup }), ...(locality && { locality }) };
}

/** Undefined is LEAST_REQUEST. */
function balancerOf(
  { simple, consistentHash }: LoadBalancerSettings,
  annotation: string | undefined,
  warn: Warn,
): LoadBalancerPolicy | undefined {
  if (consistentHash !== undefined) return hashOf(consistentHash, warn);
  if (annotation !== undefined && annotation !== leastResponseTime)
    warn(`the annotation ${balancerAnnotation} knows ${leastResponseTime} only, not ${annotation}`);
  switch (simple) {
    case 'ROUND_ROBIN':
    case 'RANDOM':
    case 'PASSTHROUGH':
      return { kind: simple };
    case 'LEAST_CONN':
      warn('LEAST_CONN is deprecated, LEAST_REQUEST is its name now');
      return undefined;
    default:
      return annotation === leastResponseTime ? { kind: 'LEAST_RESPONSE_TIME' } : undefined;
  }
}

function hashOf(settings: ConsistentHash, warn: Warn): LoadBalancerPolicy | undefined {
  const key = hashKeyOf(settings, warn);
  if (key === undefined) {
    warn('consistentHash says nothing to hash by, LEAST_REQUEST holds');
    return undefined;
  }
  if (settings.maglev !== undefined) return { kind: 'MAGLEV', key, tableSize: tableSizeOf(settings.maglev.tableSize, warn) };
  if (settings.minimumRingSize !== undefined) warn('consistentHash.minimumRingSize is deprecated, use ringHash.minimumRingSize');
  const wanted = (settings.ringHash?.minimumRingSize ?? settings.minimumRingSize ?? 0) || defaultRingSize;
  if (wanted > largestRing) warn(`a ring has at most ${largestRing} points, not ${wanted}`);
  return { kind: 'RING_HASH', key, minimumRingSize: Math.min(wanted, largestRing) };
}

function hashKeyOf(settings: ConsistentHash, warn: Warn): HashKey | undefined {
  const { httpHeaderName, httpCookie, useSourceIp, httpQueryParameterName } = settings;
  if (httpHeaderName !== undefined && httpHeaderName !== '') return { by: 'header', name: httpHeaderName.toLowerCase() };
  if (httpCookie !== undefined) {
    const { name, path, ttl } = httpCookie;
    const ttlMs = durationMs(ttl, 'httpCookie.ttl', warn);
    return { by: 'cookie', name, ...(path !== undefined && path !== '' && { path }), ...(ttlMs !== undefined && { ttlMs }) };
  }
  if (useSourceIp === true) return { by: 'source-ip' };
  if (httpQueryParameterName !== undefined && httpQueryParameterName !== '') return { by: 'query', name: httpQueryParameterName };
  return undefined;
}

function tableSizeOf(wanted: number | undefined, warn: Warn): number {
  if (wanted === undefined || wanted === 0) return defaultTableSize;
  if (wanted <= largestTable && isPrime(wanted)) return wanted;
  warn(`maglev.tableSize must be a prime of at most ${largestTable}, not ${wanted}: ${defaultTableSize} holds`);
  return defaultTableSize;
}

export function isPrime(number: number): boolean {
  if (number < 2) return false;
  for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) return false;
  return true;
}

function warmupOf(
  { warmup, warmupDurationSecs }: LoadBalancerSettings,
  balancer: LoadBalancerPolicy | undefined,
  warn: Warn,
): WarmupPolicy | undefined {
  if (warmupDurationSecs !== undefined) warn('warmupDurationSecs is deprecated, use warmup.duration');
  const duration = durationMs(warmup?.duration ?? warmupDurationSecs, 'warmup.duration', warn) ?? 0;
  if (duration === 0) return undefined;
  const kind = balancer?.kind ?? 'LEAST_REQUEST';
  if (kind === 'LEAST_REQUEST' || kind === 'ROUND_ROBIN' || kind === 'LEAST_RESPONSE_TIME')
    return { durationMs: duration, minimumPercent: warmup?.minimumPercent ?? 10, aggression: warmup?.aggression ?? 1 };
  warn('warm-up works with ROUND_ROBIN and LEAST_REQUEST only');
  return undefined;
}

/** In Istio failover is on wherever there is outlier detection, and off wherever there is none. */
function localityOf(
  { localityLbSetting: settings }: LoadBalancerSettings,
  withOutliers: boolean,
  warn: Warn,
): LocalityPolicy | undefined {
  const { distribute = [], failover = [], failoverPriority = [], enabled } = settings ?? {};
  if (enabled === false) return undefined;
  if (distribute.length > 0) {
    const rules = distribute.map(({ from = '*', to = {} }) => ({
      from,
      to: Object.entries(to).map(([locality, weight]) => ({ locality, weight })),
    }));
    return { kind: 'distribute', rules };
  }
  const isAsked = failover.length > 0 || failoverPriority.length > 0;
  if (!withOutliers) {
    if (isAsked) warn('failover between localities needs outlierDetection beside it, and has no effect without');
    return undefined;
  }
  if (failoverPriority.length > 0) return { kind: 'priority', labels: failoverPriority };
  const regions = failover.flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [{ from, to }]));
  return { kind: 'failover', ...(regions.length > 0 && { failover: regions }) };
}
