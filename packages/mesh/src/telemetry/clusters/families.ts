/**
 * Clusters as Prometheus reads them, under Envoy's names. The name of the cluster is told in two labels: `cluster_name`, which Istio's
 * proxies have, and `envoy_cluster_name`, which Envoy itself has.
 */
import type { LostCopy } from '../../resilience/upstream-counts.ts';
import { formatLabels } from '../prometheus.ts';
import type { Family } from '../prometheus.ts';
import type { ClusterStats } from './cluster-stats.ts';
import { isUsed } from './report.ts';
import type { ClusterReport, EnvoyCounter, Gauge } from './report.ts';

const ejections = 'Ejections of endpoints';
const ofDetection = 'for which an endpoint was to be ejected';

const counters: Readonly<Record<EnvoyCounter, string>> = {
  upstream_cx_total: 'Connections to endpoints.',
  upstream_cx_connect_fail: 'Connections that could not be made.',
  upstream_cx_connect_timeout: 'Connections that were not there in time.',
  upstream_cx_overflow: 'How often there was no connection to be had within the limit.',
  upstream_cx_none_healthy: 'Requests and connections for which no endpoint was open.',
  upstream_rq_total: 'Requests to endpoints, retries and copies among them.',
  upstream_rq_pending_total: 'Requests that waited for a connection.',
  upstream_rq_pending_overflow: 'Requests that were refused because of a limit.',
  upstream_rq_timeout: 'Requests that had no answer within the time of their route.',
  upstream_rq_per_try_timeout: 'Attempts that had no answer within their time.',
  upstream_rq_retry: 'Retries.',
  upstream_rq_retry_success: 'Requests that a retry saved.',
  upstream_rq_retry_overflow: 'Retries that were not made because of a limit.',
  upstream_rq_retry_limit_exceeded: 'Requests that had used up their retries.',
  outlier_detection_ejections_enforced_total: `${ejections}.`,
  outlier_detection_ejections_overflow: `${ejections} that were not made because of too many others.`,
  outlier_detection_ejections_detected_consecutive_5xx: `5xx answers in a row ${ofDetection}.`,
  outlier_detection_ejections_detected_consecutive_gateway_failure: `Gateway errors in a row ${ofDetection}.`,
  outlier_detection_ejections_detected_consecutive_local_origin_failure: `Failures to reach it in a row ${ofDetection}.`,
  outlier_detection_ejections_enforced_consecutive_5xx: `${ejections} for 5xx answers in a row.`,
  outlier_detection_ejections_enforced_consecutive_gateway_failure: `${ejections} for gateway errors in a row.`,
  outlier_detection_ejections_enforced_consecutive_local_origin_failure: `${ejections} for failures to reach it in a row.`,
};

const gauges: Readonly<Record<Gauge, string>> = {
  membership_total: 'Endpoints.',
  membership_healthy: 'Endpoints that are neither ejected nor failing their health check.',
  upstream_cx_active: 'Connections to endpoints now.',
  upstream_rq_active: 'Requests on a connection now.',
  upstream_rq_pending_active: 'Requests that wait for a connection now.',
  outlier_detection_ejections_active: 'Endpoints that are ejected now.',
  circuit_breakers_default_cx_open: 'Whether the limit of connections is reached.',
  circuit_breakers_default_rq_pending_open: 'Whether the limit of waiting requests is reached.',
  circuit_breakers_default_rq_open: 'Whether the limit of requests is reached.',
  circuit_breakers_default_rq_retry_open: 'Whether the limit of retries is reached.',
};

const lostCopies: readonly LostCopy[] = ['denied', 'no_endpoint', 'overflow', 'too_slow', 'timeout', 'failed'];

interface Named {
  labels: string;
  report: ClusterReport;
  isUsed: boolean;
}

/** What was never used has nothing but its endpoints to tell. */
export function clusterFamilies(stats: ClusterStats): Family[] {
  const clusters = [...stats.merged()].map(([key, report]): Named => {
    const name = stats.nameOf(key);
    return { labels: formatLabels({ cluster_name: name, envoy_cluster_name: name }), report, isUsed: isUsed(report) };
  });
  const used = clusters.filter((cluster) => cluster.isUsed);
  return [
    ...entriesOf(counters).map(([name, help]) => counterFamily(name, help, used)),
    ...entriesOf(gauges).map(([name, help]) => gaugeFamily(name, help, name.startsWith('membership_') ? clusters : used)),
    ...mirrorFamilies(used),
  ];
}

function counterFamily(name: EnvoyCounter, help: string, clusters: readonly Named[]): Family {
  const samples = clusters.map(({ labels, report }) => ({ labels, value: report.counters[name] ?? 0 }));
  return { name: `envoy_cluster_${name}`, isNameWhole: true, type: 'counter', help, samples };
}

function gaugeFamily(name: Gauge, help: string, clusters: readonly Named[]): Family {
  const samples = clusters.map(({ labels, report }) => ({ labels, value: report.gauges[name] ?? 0 }));
  return { name: `envoy_cluster_${name}`, type: 'gauge', help, samples };
}

function mirrorFamilies(clusters: readonly Named[]): Family[] {
  const sent: Family = {
    name: 'hikyaku_mirror_requests',
    type: 'counter',
    help: 'Copies of requests that were sent.',
    samples: [],
  };
  const lost: Family = { name: 'hikyaku_mirror_requests_lost', type: 'counter', help: 'Copies that were given up.', samples: [] };
  for (const { labels, report } of clusters) {
    const { mirror_requests: copies = 0 } = report.counters;
    if (copies > 0) sent.samples.push({ labels, value: copies });
    for (const reason of lostCopies) {
      const value = report.counters[`mirror_lost_${reason}`] ?? 0;
      if (value > 0) lost.samples.push({ labels: `${labels},reason="${reason}"`, value });
    }
  }
  return [sent, lost];
}

function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  return Object.entries(record) as [K, V][];
}
