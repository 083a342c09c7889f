/**
 * What is known of the clusters: what this process sees itself, and what Node services that carry their own calls tell of theirs.
 */
import { statName } from './names.ts';
import { addTo, isUsed, mergeReports } from './report.ts';
import type { ClusterReport, Counter } from './report.ts';

/** By the keys of the clusters. */
export type ClusterReports = Readonly<Record<string, ClusterReport>>;

/** Who tells: one connection of one process. */
export type Teller = object;

export interface Told {
  /** Of the Pod. */
  address: string;
  /** All that is not at rest. Counters are what came since it was told before. */
  clusters: ClusterReports;
}

export class ClusterStats {
  /** What this process sees. */
  own: () => Iterable<[string, ClusterReport]> = () => [];
  /** What a cluster is called in statistics, by its key. */
  nameOf: (cluster: string) => string = statName;
  /** The latest of each. */
  readonly #told = new Map<Teller, Told>();
  /** Of all tellers, also those that have gone. */
  readonly #counted = new Map<string, Partial<Record<Counter, number>>>();

  /** Takes the place of what the teller has told before. */
  tell(teller: Teller, told: Told): void {
    this.#told.set(teller, told);
    for (const [key, { counters }] of Object.entries(told.clusters)) {
      const sums = this.#counted.get(key) ?? {};
      addTo(sums, counters);
      this.#counted.set(key, sums);
    }
  }

  gone(teller: Teller): void {
    this.#told.delete(teller);
  }

  /** As of now, those of the snapshot in its order. What left the snapshot is forgotten, as in Envoy. */
  merged(): Map<string, ClusterReport> {
    const reports = new Map(this.own());
    for (const [key, report] of reports) {
      const counters = this.#counted.get(key);
      const of = [...this.#told.values()].flatMap(({ clusters }) => clusters[key] ?? []);
      if (counters !== undefined || of.length > 0)
        reports.set(
          key,
          mergeReports([report, { counters: counters ?? {}, gauges: {}, closed: [] }, ...of.map(withoutCounters)]),
        );
    }
    for (const key of this.#counted.keys()) if (!reports.has(key)) this.#counted.delete(key);
    return reports;
  }

  /** Who sees what of a cluster; `undefined` is this process. */
  *seen(): Generator<{ address: string | undefined; cluster: string; report: ClusterReport }> {
    for (const [cluster, report] of this.own()) if (isUsed(report)) yield { address: undefined, cluster, report };
    for (const { address, clusters } of this.#told.values())
      for (const [cluster, report] of Object.entries(clusters)) yield { address, cluster, report };
  }
}

function withoutCounters({ gauges, closed }: ClusterReport): ClusterReport {
  return { counters: {}, gauges, closed };
}
