/**
 * What the proxy tells about the traffic it carries: every request and connection is counted when it is over.
 */
import type { Socket } from 'node:net';
import type { Exchange } from '../http/exchange.ts';
import { combinedField } from '../http/fields.ts';
import type { Endpoint, Snapshot } from '../snapshot/snapshot.ts';
import { Edges } from './edges.ts';
import type { RequestSample } from './edges.ts';
import { gatewayPeer, Peers, unknownPeer } from './peers.ts';
import { edgeFamilies } from './prometheus.ts';
import type { Family } from './prometheus.ts';
import { RequestRecord } from './request-record.ts';
import { flagsOfReason } from './response-flags.ts';
import { summarize } from './summary.ts';
import type { EdgeSummary } from './summary.ts';
import { TcpMeter } from './tcp-meter.ts';

export interface Observed {
  /** Whether it came in at the gateway. */
  isEdge: boolean;
  /** Key of the cluster whose address was called. */
  called: string | undefined;
}

export class Telemetry {
  readonly edges = new Edges();
  /** What others count. */
  moreFamilies: () => Family[] = () => [];
  readonly #peers = new Peers();
  readonly #meter = new TcpMeter();

  update({ peers }: Pick<Snapshot, 'peers'>): void {
    this.#peers.update(peers);
  }

  /** Takes the exchange's place; what happens to it is noted and, once it is over, counted. */
  observe(exchange: Exchange, { isEdge, called }: Observed): RequestRecord {
    const record = new RequestRecord(exchange, isEdge, performance.now(), this.#onFinished);
    record.cluster = called;
    return record;
  }

  /** A connection that is carried as bytes has reached its endpoint. */
  connected(client: Socket, cluster: string, endpoint: Endpoint): void {
    const source = this.#peers.at(client.remoteAddress ?? '');
    this.#meter.watch(client, this.edges.tcp(cluster, source, this.#peers.at(endpoint.address)));
  }

  /** All metrics, as of now. */
  families(): Family[] {
    this.#meter.settle();
    return [...edgeFamilies(this.edges), ...this.moreFamilies()];
  }

  summary(): EdgeSummary[] {
    this.#meter.settle();
    return summarize(this.edges);
  }

  /** A request that is over, also one that its caller carried by itself. */
  count(request: FinishedRequest): void {
    const { cluster = '', upstream } = request;
    const source = request.isEdge ? gatewayPeer : this.#peers.at(request.remoteAddress);
    const destination = upstream === undefined ? unknownPeer : this.#peers.at(upstream.address);
    this.edges.record(cluster, source, destination, request, request.attempts);
  }

  readonly #onFinished = (record: RequestRecord): void => {
    settle(record);
    this.count(record);
  };
}

/** What is known of a request once it is over. */
export type FinishedRequest = RequestSample &
  Pick<RequestRecord, 'isEdge' | 'remoteAddress' | 'cluster' | 'upstream' | 'attempts'>;

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
