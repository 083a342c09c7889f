/**
 * What is counted of the traffic, per edge: who called, which cluster it was carried to, whose endpoint took it. Found by identity
 * and counted as numbers, because every request passes here; names and labels are made when somebody looks (`prometheus.ts`).
 */
import type { Peer } from '../snapshot/snapshot.ts';
import { Histogram } from './histogram.ts';
import { unknownPeer } from './peers.ts';

/** One finished request. */
export interface RequestSample {
  /** 0 when the caller left before there was one. */
  status: number;
  /** Set of response flags. */
  flags: number;
  protocol: 'http' | 'grpc';
  /** Undefined where gRPC is not spoken. */
  grpcStatus: number | undefined;
  durationMs: number;
  requestBytes: number;
  responseBytes: number;
}

/** The requests of an edge that came to the same end. */
export class Series {
  readonly end: Pick<RequestSample, 'status' | 'flags' | 'protocol' | 'grpcStatus'>;
  count = 0;
  readonly durationMs = new Histogram();
  readonly requestBytes = new Histogram();
  readonly responseBytes = new Histogram();

  constructor({ status, flags, protocol, grpcStatus }: RequestSample) {
    this.end = { status, flags, protocol, grpcStatus };
  }
}

/** Connections carried as bytes. */
export interface TcpCounts {
  opened: number;
  closed: number;
  /** To the caller. */
  sentBytes: number;
  /** From the caller. */
  receivedBytes: number;
}

/** Messages of gRPC calls. */
export interface MessageCounts {
  /** From the caller. */
  requests: number;
  responses: number;
}

export interface Edge {
  readonly source: Peer;
  readonly destination: Peer;
  /** Key of the cluster; empty when the request was routed nowhere. */
  readonly cluster: string;
  readonly requests: ReadonlyMap<number, Series>;
  readonly tcp?: TcpCounts;
  /** Absent where no gRPC was spoken. */
  readonly messages?: MessageCounts;
  /** Attempts after the first. */
  readonly retries: number;
}

class CountedEdge implements Edge {
  readonly source: Peer;
  readonly destination: Peer;
  readonly cluster: string;
  readonly requests = new Map<number, Series>();
  tcp?: TcpCounts;
  messages?: MessageCounts;
  retries = 0;

  constructor(source: Peer, destination: Peer, cluster: string) {
    this.source = source;
    this.destination = destination;
    this.cluster = cluster;
  }
}

/** Enough for hundreds of workloads, and 16 MB at the most. What a caller chooses (a status per request, say) must not fill the memory. */
const seriesLimit = 10_000;

export class Edges {
  readonly #byCluster = new Map<string, Map<Peer, Map<Peer, CountedEdge>>>();
  readonly #limit: number;
  #seriesCount = 0;
  /** Takes what is beyond the limit, without saying whose it was. */
  readonly #others = new CountedEdge(unknownPeer, unknownPeer, '');

  constructor(limit = seriesLimit) {
    this.#limit = limit;
  }

  record(cluster: string, source: Peer, destination: Peer, sample: RequestSample, attempts: number): void {
    let edge = this.#edge(cluster, source, destination);
    const key = keyOf(sample);
    let series = edge.requests.get(key);
    if (series === undefined) {
      if (this.#seriesCount >= this.#limit) edge = this.#others;
      series = edge.requests.get(key) ?? this.#addSeries(edge, key, sample);
    }
    series.count++;
    series.durationMs.record(sample.durationMs);
    series.requestBytes.record(sample.requestBytes);
    series.responseBytes.record(sample.responseBytes);
    if (attempts > 1) edge.retries += attempts - 1;
  }

  /** To be counted on by whoever carries the connection. */
  tcp(cluster: string, source: Peer, destination: Peer): TcpCounts {
    const edge = this.#edge(cluster, source, destination);
    edge.tcp ??= { opened: 0, closed: 0, sentBytes: 0, receivedBytes: 0 };
    return edge.tcp;
  }

  /** To be counted on by whoever carries the call. */
  messages(cluster: string, source: Peer, destination: Peer): MessageCounts {
    return (this.#edge(cluster, source, destination).messages ??= { requests: 0, responses: 0 });
  }

  *[Symbol.iterator](): Iterator<Edge> {
    for (const sources of this.#byCluster.values()) for (const edges of sources.values()) yield* edges.values();
    if (this.#others.requests.size > 0 || this.#others.messages !== undefined) yield this.#others;
  }

  #edge(cluster: string, source: Peer, destination: Peer): CountedEdge {
    const found = this.#byCluster.get(cluster)?.get(source)?.get(destination);
    if (found !== undefined) return found;
    if (this.#seriesCount >= this.#limit) return this.#others;
    const sources = this.#byCluster.get(cluster) ?? new Map<Peer, Map<Peer, CountedEdge>>();
    const edges = sources.get(source) ?? new Map<Peer, CountedEdge>();
    const edge = new CountedEdge(source, destination, cluster);
    this.#byCluster.set(cluster, sources.set(source, edges.set(destination, edge)));
    return edge;
  }

  #addSeries(edge: CountedEdge, key: number, sample: RequestSample): Series {
    const series = new Series(sample);
    edge.requests.set(key, series);
    this.#seriesCount++;
    return series;
  }
}

/** One number for how a request ended: 10 bits of status, 1 of protocol, 5 of gRPC status (0 for none), then the flags. */
function keyOf({ status, flags, protocol, grpcStatus }: RequestSample): number {
  const grpc = grpcStatus === undefined ? 0 : Math.min(grpcStatus, 30) + 1;
  return status + (protocol === 'grpc' ? 1 << 10 : 0) + (grpc << 11) + flags * (1 << 16);
}
