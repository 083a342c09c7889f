/**
 * A cluster's report: the figures of its limits, its ejections and its endpoints under the names that Envoy has for them.
 */
import type { EjectionCounts } from '../resilience/outlier.ts';
import type { Places, Pool } from '../resilience/pool.ts';
import type { ClosedEndpoint, ClusterReport } from '../telemetry/clusters/report.ts';
import type { Upstream } from './upstream.ts';

export interface ReportedCluster {
  pool: Pool;
  ejections: EjectionCounts;
  upstreams: readonly Upstream[];
}

export function clusterReport({ pool, ejections, upstreams }: ReportedCluster): ClusterReport {
  const closed = upstreams.flatMap((upstream) => closedEndpoint(upstream) ?? []);
  const membership = { membership_total: upstreams.length, membership_healthy: upstreams.length - closed.length };
  // Of thousands of Services most are never called.
  if (!pool.wasUsed) return { counters: {}, gauges: membership, closed };
  return {
    counters: {
      ...requestCounters(pool),
      ...ejectionCounters(ejections),
      mirror_requests: pool.counts.copies,
      ...prefixed('mirror_lost_', pool.counts.lostCopies),
    },
    gauges: {
      ...membership,
      outlier_detection_ejections_active: closed.filter(({ ejection }) => ejection !== undefined).length,
      ...requestGauges(pool),
    },
    closed,
  };
}

function requestCounters({ connections, pending, requests, retries, counts }: Pool) {
  return {
    upstream_cx_total: connections.total,
    upstream_cx_connect_fail: counts.connectFailures,
    upstream_cx_connect_timeout: counts.connectTimeouts,
    upstream_cx_overflow: connections.overflows,
    upstream_cx_none_healthy: counts.noneOpen,
    upstream_rq_total: requests.total - pending.overflows,
    upstream_rq_pending_total: pending.total,
    upstream_rq_pending_overflow: pending.overflows + requests.overflows,
    upstream_rq_timeout: counts.timeouts,
    upstream_rq_per_try_timeout: counts.attemptTimeouts,
    upstream_rq_retry: retries.total,
    upstream_rq_retry_success: counts.retrySuccesses,
    upstream_rq_retry_overflow: retries.overflows,
    upstream_rq_retry_limit_exceeded: counts.retriesUsedUp,
  };
}

function requestGauges({ connections, pending, requests, isFullOfRetries }: Pool) {
  return {
    upstream_cx_active: connections.taken,
    // In Envoy a request is active from when it has a connection.
    upstream_rq_active: requests.taken - pending.taken,
    upstream_rq_pending_active: pending.taken,
    circuit_breakers_default_cx_open: openness(connections),
    circuit_breakers_default_rq_pending_open: openness(pending),
    circuit_breakers_default_rq_open: openness(requests),
    circuit_breakers_default_rq_retry_open: isFullOfRetries ? 1 : 0,
  };
}

function openness({ isFull }: Places): number {
  return isFull ? 1 : 0;
}

function ejectionCounters({ detected, enforced, overflows }: EjectionCounts) {
  return {
    outlier_detection_ejections_enforced_total: Object.values(enforced).reduce((sum, count) => sum + count, 0),
    outlier_detection_ejections_overflow: overflows,
    ...prefixed('outlier_detection_ejections_detected_', detected),
    ...prefixed('outlier_detection_ejections_enforced_', enforced),
  };
}

function prefixed<P extends string, K extends string>(prefix: P, counts: Readonly<Record<K, number>>) {
  const entries = Object.entries<number>(counts).map(([name, count]) => [`${prefix}${name}`, count]);
  return Object.fromEntries(entries) as Record<`${P}${K}`, number>;
}

function closedEndpoint({ address, port, isOpen, outlier }: Upstream): ClosedEndpoint | undefined {
  if (isOpen) return undefined;
  const endpoint = `${address}:${port}`;
  const { ejectedUntil, ejectedAt, allEjections } = outlier;
  if (ejectedUntil === undefined) return { endpoint, reason: 'unhealthy' };
  const ejection = { sinceMs: epochMs(ejectedAt), untilMs: epochMs(ejectedUntil), times: allEjections };
  return { endpoint, reason: 'ejected', ejection };
}

/** Of a time on the clock of `performance.now()`, which every process begins anew. */
function epochMs(time: number): number {
  return Math.round(performance.timeOrigin + time);
}
