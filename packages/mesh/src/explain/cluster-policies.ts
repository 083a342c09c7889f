/**
 * What holds for a destination besides its endpoints, in words: how one is chosen, what is limited, what ejects. Policy, not state: who is
 * ejected at this moment only the proxy knows.
 */
import type {
  ClusterPolicies,
  ConnectionPoolPolicy,
  HashKey,
  LoadBalancerPolicy,
  LocalityPolicy,
  OutlierDetectionPolicy,
  UpstreamTls,
} from '../snapshot/cluster-policies.ts';

/** One line each; none for what is the default. */
export function describePolicies(policies: ClusterPolicies): string[] {
  const { loadBalancer, warmup, locality, connectionPool, outlierDetection, retryBudget, minHealthPercent, tls } = policies;
  return [
    ...(tls ? [tlsWords(tls)] : []),
    ...(loadBalancer ? [balancerWords(loadBalancer)] : []),
    ...(warmup ? [`new endpoints warm up over ${seconds(warmup.durationMs)}, from ${warmup.minimumPercent} %`] : []),
    ...(locality ? [localityWords(locality)] : []),
    ...(connectionPool ? limitWords(connectionPool) : []),
    ...(retryBudget
      ? [`retries under way: ${retryBudget.percent} % of the requests, or ${retryBudget.minRetryConcurrency}`]
      : []),
    ...(outlierDetection ? [outlierWords(outlierDetection)] : []),
    ...(minHealthPercent === undefined ? [] : [`all endpoints are used when fewer than ${minHealthPercent} % are well`]),
  ];
}

function balancerWords(policy: LoadBalancerPolicy): string {
  if (policy.kind === 'RING_HASH') return `the same endpoint for ${keyWords(policy.key)} (ring hash)`;
  if (policy.kind === 'MAGLEV') return `the same endpoint for ${keyWords(policy.key)} (maglev)`;
  if (policy.kind === 'PASSTHROUGH') return 'any endpoint (PASSTHROUGH): only the Service that was called is asked';
  return `endpoints by ${policy.kind}`;
}

function keyWords(key: HashKey): string {
  if (key.by === 'source-ip') return 'the same address of the caller';
  const given = key.by === 'cookie' && key.ttlMs !== undefined ? ', given to callers that have none' : '';
  const kind = key.by === 'query' ? 'query parameter' : key.by;
  return `the same ${kind} ${key.name}${given}`;
}

function localityWords(policy: LocalityPolicy): string {
  switch (policy.kind) {
    case 'distribute':
      return 'shared out by where the caller is';
    case 'priority':
      return `nearest first, by ${policy.labels.join(', ')}`;
    case 'failover':
      return ['nearest first', ...(policy.failover ?? []).map(({ from, to }) => `${from} then ${to}`)].join(', ');
  }
}

function tlsWords({ unusable, isVerified, sni = 'the host of the request', subjectAltNames, client }: UpstreamTls): string {
  if (unusable !== undefined) return `no connection is made, because it would have to be encrypted: ${unusable}`;
  const names = subjectAltNames === undefined ? '' : `, which has to be ${subjectAltNames.join(' or ')}`;
  const shown = client === undefined ? '' : ', showing a certificate';
  return `encrypted, asking for ${sni}${names}${shown}${isVerified ? '' : ', whoever answers'}`;
}

function limitWords(pool: ConnectionPoolPolicy): string[] {
  const limits: [number | undefined, string][] = [
    [pool.maxConnections, 'connections'],
    [pool.maxPendingRequests, 'waiting requests'],
    [pool.maxRequests, 'requests in flight'],
    [pool.maxRequestsPerConnection, 'requests per connection'],
    [pool.maxConcurrentStreams, 'requests at a time on a connection of HTTP/2'],
    [pool.maxRetries, 'retries under way'],
  ];
  const given = limits.flatMap(([limit, what]) => (limit === undefined ? [] : [`${limit} ${what}`]));
  return [
    ...(given.length === 0 ? [] : [`at most ${given.join(', ')}`]),
    ...(pool.useClientProtocol === true ? ['endpoints are asked in what the caller speaks'] : []),
  ];
}

function outlierWords(policy: OutlierDetectionPolicy): string {
  const counts: [number, string][] = [
    [policy.consecutive5xxErrors, '5xx'],
    [policy.consecutiveGatewayErrors, 'gateway errors'],
    [policy.splitExternalLocalOriginErrors ? policy.consecutiveLocalOriginFailures : 0, 'failed connections'],
  ];
  const reasons = counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what} in a row`]));
  if (reasons.length === 0) return 'nothing ejects an endpoint: all counts are 0';
  return `ejected after ${reasons.join(' or ')}, for ${seconds(policy.baseEjectionMs)} and longer, at most ${policy.maxEjectionPercent} %`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
