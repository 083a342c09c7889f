/**
 * What the proxy tells about the traffic it carries: every request and connection is counted when it is over, and told of one by
 * one where somebody asks for that (`reporter.ts`).
 */
import type { Socket } from 'node:net';
import type { Exchange } from '../http/exchange.ts';
import { combinedField } from '../http/fields.ts';
import type { Endpoint, Peer, Snapshot } from '../snapshot/snapshot.ts';
import { clusterFamilies } from './clusters/families.ts';
import { ClusterStats } from './clusters/cluster-stats.ts';
import { summarizeClusters } from './clusters/summary.ts';
import type { ClusterSummary } from './clusters/summary.ts';
import { DownstreamCounts, downstreamFamilies } from './downstream-counts.ts';
import { Edges } from './edges.ts';
import type { RequestSample, TcpCounts } from './edges.ts';
import { MessageMeter } from './message-meter.ts';
import { gatewayPeer, Peers, unknownPeer } from './peers.ts';
import { edgeFamilies } from './prometheus.ts';
import type { Family } from './prometheus.ts';
import { Reporter } from './reporter.ts';
import type { ReporterOptions } from './reporter.ts';
import { RequestRecord } from './request-record.ts';
import type { OnFinished } from './request-record.ts';
import { flagsOfReason } from './response-flags.ts';
import { nameOf, summarize } from './summary.ts';
import type { EdgeSummary } from './summary.ts';
import { TcpMeter } from './tcp-meter.ts';

export interface Observed {
  /** Whether it came in at the gateway. */
  isEdge: boolean;
  /** Key of the cluster whose address was called. */
  called: string | undefined;
  /** What requests that come in there are counted under besides, as Envoy's listeners ask for; mostly absent. */
  statPrefix?: string;
}

/** Who is told of requests and connections when they come. */
export type Observer = Pick<Telemetry, 'observe' | 'connected'>;

export class Telemetry {
  readonly edges = new Edges();
  readonly clusters = new ClusterStats();
  /** What others count. */
  moreFamilies: () => Family[] = () => [];
  readonly #peers = new Peers();
  readonly #meter = new TcpMeter();
  readonly #downstream = new Map<string, DownstreamCounts>();
  readonly #messages = new MessageMeter((record) =>
    this.edges.messages(record.cluster ?? '', this.#sourceOf(record), this.#destinationOf(record)),
  );
  readonly #reporter: Reporter;

  /** Without options everything is counted and nothing is told. */
  constructor(options: Partial<ReporterOptions> = {}) {
    this.#reporter = new Reporter({ onTrouble: () => undefined, endpointsOf: () => [], ...options });
  }

  /** Who is who holds at once; resolves with warnings when access logs and traces follow. */
  update({ peers, telemetry }: Pick<Snapshot, 'peers' | 'telemetry'>): Promise<readonly string[]> {
    this.#peers.update(peers);
    return this.#reporter.update(telemetry);
  }

  /** Resolves when nothing is left to be written or sent. */
  close(): Promise<void> {
    return this.#reporter.close();
  }

  /** Takes the exchange's place; what happens to it is noted and, once it is over, counted. */
  observe(exchange: Exchange, { isEdge, called, statPrefix }: Observed): RequestRecord {
    const onFinished = statPrefix === undefined ? this.#onFinished : this.#beginAt(statPrefix);
    const record = new RequestRecord(exchange, isEdge, performance.now(), onFinished);
    record.cluster = called;
    if (record.messages !== undefined) this.#messages.watch(record);
    this.#reporter.begin(record);
    return record;
  }

  /** A connection that is carried as bytes has reached its endpoint. */
  connected(client: Socket, cluster: string, endpoint: Endpoint): void {
    const source = this.#peers.at(client.remoteAddress ?? '');
    this.#meter.watch(client, this.edges.tcp(cluster, source, this.#peers.at(endpoint.address)));
  }

  /** Connections that their caller carries by itself. */
  countConnections({ remoteAddress, cluster, upstream, ...change }: ConnectionChange): void {
    const counts = this.edges.tcp(cluster, this.#peers.at(remoteAddress), this.#peers.at(upstream.address));
    counts.opened += change.opened;
    counts.closed += change.closed;
    counts.sentBytes += change.sentBytes;
    counts.receivedBytes += change.receivedBytes;
  }

  /** All metrics, as of now. */
  families(): Family[] {
    this.#meter.settle();
    this.#messages.settle();
    return [
      ...edgeFamilies(this.edges),
      ...clusterFamilies(this.clusters),
      ...downstreamFamilies(this.#downstream),
      ...this.#reporter.families(),
      ...this.moreFamilies(),
    ];
  }

  summary(): EdgeSummary[] {
    this.#meter.settle();
    return summarize(this.edges);
  }

  /** Of the clusters that have something to tell. */
  clusterSummary(): ClusterSummary[] {
    return summarizeClusters(this.clusters, (address) => {
      const { namespace, workload } = this.#peers.at(address);
      return workload === 'unknown' ? address : nameOf(namespace, workload);
    });
  }

  /** A request that is over, also one that its caller carried by itself. */
  count(request: FinishedRequest): void {
    const { cluster = '' } = request;
    this.edges.record(cluster, this.#sourceOf(request), this.#destinationOf(request), request, request.attempts);
  }

  #beginAt(statPrefix: string): OnFinished {
    const counts = this.#downstream.get(statPrefix) ?? new DownstreamCounts();
    this.#downstream.set(statPrefix, counts);
    counts.begin();
    return (record) => {
      counts.end(record.status);
      this.#onFinished(record);
    };
  }

  #destinationOf({ upstream }: Pick<FinishedRequest, 'upstream'>): Peer {
    return upstream === undefined ? unknownPeer : this.#peers.at(upstream.address);
  }

  #sourceOf({ isEdge, remoteAddress }: Pick<FinishedRequest, 'isEdge' | 'remoteAddress'>): Peer {
    return isEdge ? gatewayPeer : this.#peers.at(remoteAddress);
  }

  readonly #onFinished = (record: RequestRecord): void => {
    settle(record);
    this.count(record);
    if (record.messages !== undefined) this.#messages.finish(record);
    this.#reporter.finish(record, this.#sourceOf(record));
  };
}

/** Everything that comes in there counts under the prefix as well. */
export function underPrefix(telemetry: Telemetry, statPrefix: string | undefined): Observer {
  if (statPrefix === undefined) return telemetry;
  return {
    observe: (exchange, observed) => telemetry.observe(exchange, { ...observed, statPrefix }),
    connected: (client, cluster, endpoint) => telemetry.connected(client, cluster, endpoint),
  };
}

/** What is known of a request once it is over. */
export type FinishedRequest = RequestSample &
  Pick<RequestRecord, 'isEdge' | 'remoteAddress' | 'cluster' | 'upstream' | 'attempts'>;

/** What has come to the connections between a caller and an endpoint since it was told the last time. */
export interface ConnectionChange extends TcpCounts {
  remoteAddress: string;
  cluster: string;
  upstream: Pick<Endpoint, 'address'>;
}

/** Notes what is known at the end only. */
export function settle(record: RequestRecord): void {
  record.flags |= flagsOfReason(record.reason, record.status);
  record.durationMs = performance.now() - record.startedMs;
  if (isGrpc(record)) record.protocol = 'grpc';
}

/** A gRPC call that came to an end says so; one that did not is known by what was asked. */
function isGrpc({ grpcStatus, status, head }: RequestRecord): boolean {
  if (grpcStatus !== undefined) return true;
  return status !== 200 && combinedField(head.fields, 'content-type')?.startsWith('application/grpc') === true;
}
