/**
 * How a cluster looks to one process that carries requests to it, in Envoy's names for it (its statistics `cluster.<name>.…`, written
 * with `_`). Made when somebody looks, of what the parts concerned have counted (`proxy/cluster-report.ts`). Plain JSON: what Node
 * services see in their own processes travels to the proxy.
 */
import type { LostCopy } from '../../resilience/upstream-counts.ts';

export type EnvoyCounter =
  | 'upstream_cx_total'
  | 'upstream_cx_connect_fail'
  | 'upstream_cx_connect_timeout'
  | 'upstream_cx_overflow'
  | 'upstream_cx_none_healthy'
  | 'upstream_rq_total'
  | 'upstream_rq_pending_total'
  | 'upstream_rq_pending_overflow'
  | 'upstream_rq_timeout'
  | 'upstream_rq_per_try_timeout'
  | 'upstream_rq_retry'
  | 'upstream_rq_retry_success'
  | 'upstream_rq_retry_overflow'
  | 'upstream_rq_retry_limit_exceeded'
  | 'outlier_detection_ejections_enforced_total'
  | 'outlier_detection_ejections_overflow'
  | 'outlier_detection_ejections_detected_consecutive_5xx'
  | 'outlier_detection_ejections_detected_consecutive_gateway_failure'
  | 'outlier_detection_ejections_detected_consecutive_local_origin_failure'
  | 'outlier_detection_ejections_enforced_consecutive_5xx'
  | 'outlier_detection_ejections_enforced_consecutive_gateway_failure'
  | 'outlier_detection_ejections_enforced_consecutive_local_origin_failure';

/** Those of mirroring are ours: Envoy counts copies among all other requests. */
export type Counter = EnvoyCounter | 'mirror_requests' | `mirror_lost_${LostCopy}`;

export type Gauge =
  | 'membership_total'
  | 'membership_healthy'
  | 'upstream_cx_active'
  | 'upstream_rq_active'
  | 'upstream_rq_pending_active'
  | 'outlier_detection_ejections_active'
  | OpenGauge;

/** 1 while the limit is reached. */
export type OpenGauge =
  | 'circuit_breakers_default_cx_open'
  | 'circuit_breakers_default_rq_pending_open'
  | 'circuit_breakers_default_rq_open'
  | 'circuit_breakers_default_rq_retry_open';

/** What is 0 may be left out. */
export interface ClusterReport {
  counters: Readonly<Partial<Record<Counter, number>>>;
  gauges: Readonly<Partial<Record<Gauge, number>>>;
  closed: readonly ClosedEndpoint[];
}

/** An endpoint that is there but gets no requests now. */
export interface ClosedEndpoint {
  /** `127.22.30.142:8080`. */
  endpoint: string;
  reason: 'ejected' | 'unhealthy';
  /** Only where it is ejected: since when, and not before when it returns, in milliseconds since the epoch; and how often it has been. */
  ejection?: { sinceMs: number; untilMs: number; times: number };
}

/** Whether there is more to tell than how many endpoints there are and how many limits are as low as can be. */
export function isUsed({ counters, gauges, closed }: ClusterReport): boolean {
  const isTelling = ([name, value]: [string, number]) =>
    value !== 0 && !name.startsWith('membership_') && !name.endsWith('_open');
  return closed.length > 0 || [counters, gauges].some((figures) => Object.entries(figures).some(isTelling));
}

/** What several processes see of one cluster. A limit counts as reached when it is for one of them, as each has its own. */
export function mergeReports(reports: readonly ClusterReport[]): ClusterReport {
  const merged = { counters: {} as Record<string, number>, gauges: {} as Record<string, number> };
  for (const report of reports) {
    addTo(merged.counters, report.counters);
    addTo(merged.gauges, report.gauges);
  }
  for (const name of Object.keys(merged.gauges)) {
    if (name.endsWith('_open')) merged.gauges[name] = Math.min(1, merged.gauges[name] ?? 0);
  }
  return { ...merged, closed: reports.flatMap(({ closed }) => closed) };
}

export function addTo(sums: Record<string, number>, figures: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + value;
}
