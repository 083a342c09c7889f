/**
 * The clusters the proxy knows. Follows the snapshot: an endpoint that left it gets no new request and loses its idle connections, while
 * requests in flight on it finish.
 */
import type { BalancedRequest } from '../balance/balancer.ts';
import type { Deadlines } from '../http/deadlines.ts';
import type { Pool } from '../resilience/pool.ts';
import type { UpstreamCounts } from '../resilience/upstream-counts.ts';
import type { Cluster, Snapshot } from '../snapshot/snapshot.ts';
import type { ClusterReport } from '../telemetry/clusters/report.ts';
import type { Upstream } from './upstream.ts';
import { UpstreamCluster } from './upstream-cluster.ts';
import type { Places } from './upstream-cluster.ts';

export class Upstreams {
  readonly #deadlines: Deadlines;
  #clusters = new Map<string, UpstreamCluster>();
  #places: Places = {};

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** Follows a new snapshot; requests already under way keep the endpoint they have. */
  update({ clusters, places = {} }: Pick<Snapshot, 'clusters' | 'places'>): void {
    const next = new Map<string, UpstreamCluster>();
    for (const [key, cluster] of Object.entries(clusters)) {
      const known = this.#clusters.get(key);
      known?.update(cluster);
      next.set(key, known ?? new UpstreamCluster(cluster, this.#deadlines));
    }
    for (const [key, cluster] of this.#clusters) if (!next.has(key)) cluster.retire();
    this.#clusters = next;
    this.#places = places;
  }

  cluster(key: string): Cluster | undefined {
    return this.#clusters.get(key)?.cluster;
  }

  /** Endpoints of the cluster that are ready but get no requests: ejected, or failing their health check. */
  closed(key: string): number {
    return this.#clusters.get(key)?.closed ?? 0;
  }

  /** The limits of the cluster and what is taken of them. */
  pool(key: string): Pool | undefined {
    return this.#clusters.get(key)?.pool;
  }

  /** Does nothing for a cluster that has left the snapshot. */
  count(key: string, what: Exclude<keyof UpstreamCounts, 'lostCopies' | 'connectionFailed'>): void {
    const counts = this.pool(key)?.counts;
    if (counts !== undefined) counts[what]++;
  }

  /** The endpoint that should take the next request, or undefined when there is none outside `except`. */
  pick(key: string, request?: BalancedRequest, except?: ReadonlySet<Upstream>): Upstream | undefined {
    return this.#clusters.get(key)?.pick(request, except, this.#places);
  }

  /** How each cluster is doing now, by its key. */
  *reports(): Generator<[string, ClusterReport]> {
    for (const [key, cluster] of this.#clusters) yield [key, cluster.report()];
  }

  /** Gives up all idle connections. */
  close(): void {
    for (const cluster of this.#clusters.values()) cluster.retire();
  }
}
