/** The part of `hikyaku mesh stats` on clusters: endpoints that get no requests now, and what limits and mirrors have refused. */
import type { ClusterSummary } from '@hikyaku/mesh';
import { formatColumns } from './columns.ts';

/** Undefined where there is nothing to tell. */
export function formatClusters(clusters: readonly ClusterSummary[], nowMs: number): string | undefined {
  const closed = clusters.flatMap(({ cluster, closed: endpoints }) => endpoints.map((each) => closedRow(cluster, each, nowMs)));
  const refused = clusters.filter((each) => Object.keys(each.refused).length > 0).map(refusedRow);
  const tables = [
    ...(closed.length > 0 ? [formatColumns(['CLUSTER', 'ENDPOINT', 'STATE', 'SINCE', 'TIMES', 'SEEN BY'], closed)] : []),
    ...(refused.length > 0 ? [formatColumns(['CLUSTER', 'REFUSED'], refused)] : []),
  ];
  return tables.length === 0 ? undefined : tables.join('\n\n');
}

function closedRow(
  cluster: string,
  { endpoint, reason, ejection, seenBy }: ClusterSummary['closed'][number],
  nowMs: number,
): string[] {
  if (ejection === undefined) return [cluster, endpoint, reason, '-', '-', seenBy];
  const { sinceMs, untilMs, times } = ejection;
  // It returns at the first look after its time.
  const left = untilMs > nowMs ? `, ${seconds(untilMs - nowMs)} to go` : '';
  return [cluster, endpoint, `${reason}${left}`, `${seconds(nowMs - sinceMs)} ago`, String(times), seenBy];
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}

const words: Readonly<Record<keyof ClusterSummary['refused'], string>> = {
  upstream_rq_pending_overflow: 'requests beyond the limits',
  upstream_cx_overflow: 'no connection within the limit',
  upstream_rq_retry_overflow: 'retries beyond the limit',
  outlier_detection_ejections_enforced_total: 'ejections',
  outlier_detection_ejections_overflow: 'ejections beyond the limit',
  mirror_lost_denied: 'copies that policies do not let in',
  mirror_lost_no_endpoint: 'copies without an endpoint',
  mirror_lost_overflow: 'copies beyond the limits',
  mirror_lost_too_slow: 'copies that were taken too slowly',
  mirror_lost_timeout: 'copies without an answer in time',
  mirror_lost_failed: 'copies that failed',
};

function refusedRow({ cluster, refused }: ClusterSummary): string[] {
  const told = Object.entries(refused).map(([name, count]) => `${words[name as keyof typeof refused]} × ${count}`);
  return [cluster, told.join(', ')];
}
