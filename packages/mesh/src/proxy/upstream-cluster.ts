/**
 * One cluster as the proxy lives with it: its endpoints, which of them are open, and who is chosen. Outlives snapshots: what is ejected
 * stays ejected, what is counted stays counted, and tables are built again only when the endpoints have changed.
 */
import type { BalancedRequest } from '../balance/balancer.ts';
import { levelsFor } from '../balance/locality.ts';
import type { Level, Placed } from '../balance/locality.ts';
import { View } from '../balance/view.ts';
import { warmth } from '../balance/warmup.ts';
import type { Deadlines } from '../http/deadlines.ts';
import { HealthChecker } from '../resilience/health-check.ts';
import { OutlierDetector } from '../resilience/outlier.ts';
import { Pool } from '../resilience/pool.ts';
import type { LoadBalancerPolicy, WarmupPolicy } from '../snapshot/cluster-policies.ts';
import { diff } from '../snapshot/diff.ts';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';
import type { ClusterReport } from '../telemetry/clusters/report.ts';
import { clusterReport } from './cluster-report.ts';
import { NamedUpstreams } from './named-upstreams.ts';
import { Upstream } from './upstream.ts';
import type { UpstreamContext } from './upstream.ts';

const leastRequest: LoadBalancerPolicy = { kind: 'LEAST_REQUEST' };
const nowhere: Placed = {};

/** How often the weights of endpoints that warm up are looked at. */
const warmupStepMs = 100;

/** Where callers are, by address; only those a policy asks for. */
export type Places = Readonly<Record<string, Placed>>;

export class UpstreamCluster {
  cluster: Cluster;
  readonly pool = new Pool();
  readonly #outliers = new OutlierDetector(() => (this.#isStale = true));
  readonly #context: UpstreamContext;
  #upstreams: readonly Upstream[] = [];
  /** By what is known of the caller; one for all where that makes no difference. */
  #views = new Map<string, View<Upstream>>();
  /** Of callers of whom nothing is known. */
  #common: View<Upstream> | undefined;
  /** What is open, or a weight, has changed since the views looked. */
  #isStale = false;
  /** Until when some endpoint is not warm yet, and when the weights are due. */
  #warmAt = -Infinity;
  #reweighAt = 0;
  readonly #checkers = new Map<Upstream, HealthChecker>();
  /** In place of the endpoints, where the cluster leads by name. */
  #named: NamedUpstreams | undefined;

  constructor(cluster: Cluster, deadlines: Deadlines) {
    this.cluster = cluster;
    this.#context = { deadlines, pool: this.pool, outliers: this.#outliers };
    this.#take(cluster);
  }

  /** Requests under way keep the endpoint they have. */
  update(cluster: Cluster): void {
    const isSame = diff(this.cluster, cluster) === undefined;
    this.cluster = cluster;
    if (!isSame) this.#take(cluster);
  }

  /** The endpoint that should take the next request, or undefined when none is open outside `except`. */
  pick(request: BalancedRequest | undefined, except: ReadonlySet<Upstream> | undefined, places: Places): Upstream | undefined {
    if (this.#named !== undefined) return this.#named.pick(request?.host);
    if (this.#warmAt !== -Infinity) this.#warmUp();
    if (this.#isStale) this.#refresh();
    return this.#viewFor(request, places).pick(request, except);
  }

  /** Endpoints that are there but get no requests now. */
  get closed(): number {
    return this.#all.filter((upstream) => !isOpen(upstream)).length;
  }

  /** How it is doing now. */
  report(): ClusterReport {
    return clusterReport({ pool: this.pool, ejections: this.#outliers.counts, upstreams: this.#all });
  }

  get #all(): readonly Upstream[] {
    return this.#named?.all ?? this.#upstreams;
  }

  /** It has left the snapshot. */
  retire(): void {
    this.#outliers.close();
    for (const checker of this.#checkers.values()) checker.stop();
    this.#checkers.clear();
    for (const upstream of this.#upstreams) upstream.retire();
    this.#named?.retire();
  }

  #take(cluster: Cluster): void {
    const known = new Map(this.#upstreams.map((upstream) => [keyOf(upstream), upstream]));
    this.#upstreams = cluster.endpoints.map((endpoint) => this.#upstreamFor(endpoint, known.get(keyOf(endpoint))));
    const kept = new Set(this.#upstreams);
    for (const upstream of known.values()) if (!kept.has(upstream)) this.#drop(upstream);
    this.pool.update(cluster.connectionPool, cluster.retryBudget);
    this.#named?.retire();
    this.#named = this.#namedBy(cluster);
    this.#watchOutliers();
    if (cluster.loadBalancer?.kind === 'LEAST_RESPONSE_TIME') for (const upstream of this.#upstreams) upstream.measure();
    this.#checkHealth(cluster);
    this.#planWarmup(cluster.warmup);
    this.#views.clear();
    this.#common = undefined;
  }

  #namedBy({ byName }: Cluster): NamedUpstreams | undefined {
    if (byName === undefined) return undefined;
    const { hosts, port } = byName;
    const make = (address: string) => new Upstream({ address, port }, this.cluster, this.#context);
    return new NamedUpstreams(hosts, make, () => this.#watchOutliers());
  }

  #watchOutliers(): void {
    this.#outliers.update(
      this.cluster.outlierDetection,
      this.#all.map(({ outlier }) => outlier),
    );
  }

  /** An endpoint that moved, was relabelled, speaks something else or has to be trusted anew is another one. */
  #upstreamFor(endpoint: Endpoint, known: Upstream | undefined): Upstream {
    const { protocol, tls } = this.cluster;
    const isPlaced = known?.locality === endpoint.locality && diff(known?.labels, endpoint.labels) === undefined;
    const isSpokenToAlike = known?.protocol === protocol && diff(known?.tls, tls) === undefined;
    if (known === undefined || !isPlaced || !isSpokenToAlike) return new Upstream(endpoint, this.cluster, this.#context);
    known.weight = endpoint.weight ?? 1;
    return known;
  }

  #drop(upstream: Upstream): void {
    this.#checkers.get(upstream)?.stop();
    this.#checkers.delete(upstream);
    upstream.retire();
  }

  #checkHealth({ healthCheck }: Cluster): void {
    for (const upstream of this.#upstreams) {
      const checker = this.#checkers.get(upstream);
      if (checker !== undefined && diff(checker.policy, healthCheck) === undefined) continue;
      checker?.stop();
      this.#checkers.delete(upstream);
      upstream.isHealthy = true;
      if (healthCheck === undefined) continue;
      const onChange = (isHealthy: boolean) => {
        upstream.isHealthy = isHealthy;
        this.#isStale = true;
      };
      this.#checkers.set(upstream, new HealthChecker(upstream, healthCheck, onChange));
    }
  }

  #planWarmup(warmup: WarmupPolicy | undefined): void {
    const latest = Math.max(...this.#upstreams.map(({ addedAt }) => addedAt));
    this.#warmAt = warmup === undefined ? -Infinity : latest + warmup.durationMs;
    this.#reweighAt = 0;
  }

  #warmUp(): void {
    const now = performance.now();
    const { warmup, endpoints } = this.cluster;
    if (warmup === undefined || now < this.#reweighAt) return;
    for (const [index, upstream] of this.#upstreams.entries())
      upstream.weight = (endpoints[index]?.weight ?? 1) * warmth(warmup, now - upstream.addedAt);
    this.#isStale = true;
    this.#reweighAt = now + warmupStepMs;
    if (now >= this.#warmAt) this.#warmAt = -Infinity;
  }

  #refresh(): void {
    this.#isStale = false;
    this.#common?.refresh(isOpen);
    for (const view of this.#views.values()) view.refresh(isOpen);
  }

  #viewFor(request: BalancedRequest | undefined, places: Places): View<Upstream> {
    const caller = this.cluster.locality === undefined || request === undefined ? undefined : places[request.remoteAddress];
    if (caller === undefined) return (this.#common ??= this.#makeView(nowhere));
    const key = JSON.stringify([caller.locality, caller.labels]);
    let view = this.#views.get(key);
    if (view === undefined) this.#views.set(key, (view = this.#makeView(caller)));
    return view;
  }

  #makeView(caller: Placed): View<Upstream> {
    const { locality, loadBalancer, minHealthPercent = 0 } = this.cluster;
    const everywhere: Level<Upstream>[] = [[{ weight: 1, endpoints: [...this.#upstreams] }]];
    const levels = locality === undefined ? everywhere : levelsFor(this.#upstreams, locality, caller);
    const view = new View({ levels, policy: loadBalancer ?? leastRequest, minHealthPercent, random: Math.random });
    view.refresh(isOpen);
    return view;
  }
}

function isOpen(upstream: Upstream): boolean {
  return upstream.isOpen;
}

function keyOf({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}
