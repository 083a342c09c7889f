/**
 * How this process sees the clusters it carries requests to, told to the proxy process, which tells all in one place. Every second while
 * there is something going on: a call, a connection that is kept, an endpoint that is ejected. At rest there is no timer.
 */
import type { ClusterReports } from '../telemetry/clusters/cluster-stats.ts';
import { isUsed } from '../telemetry/clusters/report.ts';
import type { ClusterReport } from '../telemetry/clusters/report.ts';

const everyMs = 1_000;

export interface ClusterReporting {
  reports: () => Iterable<[string, ClusterReport]>;
  /** Returns false when it was lost: what was counted is told again. */
  tell: (clusters: ClusterReports) => boolean;
}

type Counters = ClusterReport['counters'];

export class ClusterReporter {
  readonly #options: ClusterReporting;
  /** As they were told. */
  #told = new Map<string, Counters>();
  #timer: NodeJS.Timeout | undefined;
  #wasAtRest = true;

  constructor(options: ClusterReporting) {
    this.#options = options;
  }

  /** A request begins: from here on there is something to tell. */
  wake(): void {
    this.#timer ??= setTimeout(() => this.#report(), everyMs).unref();
  }

  #report(): void {
    this.#timer = undefined;
    const clusters: Record<string, ClusterReport> = {};
    const counters = new Map<string, Counters>();
    for (const [key, report] of this.#options.reports()) {
      counters.set(key, report.counters);
      const news = sinceTold(report, this.#told.get(key));
      if (isUsed(news)) clusters[key] = news;
    }
    const isAtRest = Object.keys(clusters).length === 0;
    // The last word is that there is nothing any more.
    if (isAtRest && this.#wasAtRest) return;
    if (this.#options.tell(clusters)) this.#told = counters;
    this.#wasAtRest = isAtRest;
    if (!isAtRest) this.wake();
  }
}

/** Endpoints are counted by the proxy, which has the same. */
function sinceTold({ counters, gauges, closed }: ClusterReport, told: Counters = {}): ClusterReport {
  const others = Object.entries(gauges).filter(([name]) => !name.startsWith('membership_'));
  return { counters: nonZero(counters, told), gauges: nonZero(Object.fromEntries(others)), closed };
}

/** What is not 0, or no longer what it was before. */
function nonZero<T extends Readonly<Record<string, number>>>(figures: T, before: Readonly<Record<string, number>> = {}): T {
  const entries = Object.entries(figures).map(([name, value]) => {
    const earlier = before[name] ?? 0;
    // A cluster that left and came back counts from 0.
    return [name, value < earlier ? value : value - earlier] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== 0)) as T;
}
