/**
 * The clusters that have something to tell, as a person reads them: whose endpoints get no requests now, and what was refused.
 */
import { destinationService } from '../destination.ts';
import { nameOf } from '../summary.ts';
import type { ClusterStats } from './cluster-stats.ts';
import type { ClosedEndpoint, ClusterReport, Counter } from './report.ts';

export interface ClusterSummary {
  /** `namespace/service:port`, and the subset behind a space. */
  cluster: string;
  /** What was refused or given up, by its Envoy name; only what is not 0. */
  refused: Partial<Record<Refusal, number>>;
  closed: (ClosedEndpoint & {
    /** For whom: the workload of a Node service that carries its own calls, or `the proxy` and all who call by it. */
    seenBy: string;
  })[];
}

const refusals = [
  'upstream_cx_overflow',
  'upstream_rq_pending_overflow',
  'upstream_rq_retry_overflow',
  'outlier_detection_ejections_enforced_total',
  'outlier_detection_ejections_overflow',
  'mirror_lost_denied',
  'mirror_lost_no_endpoint',
  'mirror_lost_overflow',
  'mirror_lost_too_slow',
  'mirror_lost_timeout',
  'mirror_lost_failed',
] as const satisfies Counter[];

export type Refusal = (typeof refusals)[number];

export function summarizeClusters(stats: ClusterStats, workloadAt: (address: string) => string): ClusterSummary[] {
  const seen = [...stats.seen()];
  return [...stats.merged()].flatMap(([cluster, report]) => {
    const refused = refusedOf(report);
    const closed = seen
      .filter((each) => each.cluster === cluster)
      .flatMap(({ address, report: own }) => {
        const seenBy = address === undefined ? 'the proxy' : workloadAt(address);
        return own.closed.map((endpoint) => ({ ...endpoint, seenBy }));
      });
    return closed.length + Object.keys(refused).length === 0 ? [] : [{ cluster: readable(cluster), refused, closed }];
  });
}

function refusedOf({ counters }: ClusterReport): ClusterSummary['refused'] {
  return Object.fromEntries(refusals.map((name) => [name, counters[name] ?? 0] as const).filter(([, count]) => count > 0));
}

function readable(cluster: string): string {
  const [, port, subset = ''] = /^[^:/]+:(\d+)(?:\/(.*))?$/.exec(cluster) ?? [];
  const { namespace, name } = destinationService(cluster);
  return port === undefined ? cluster : `${nameOf(namespace, name)}:${port} ${subset}`.trim();
}
