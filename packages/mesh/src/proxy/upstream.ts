/**
 * One endpoint of one cluster: its connections, its load and how it is doing. An address that is in several clusters (a Service and a
 * subset of it) has one for each, as in Envoy: limits and ejections are per cluster.
 */
import type { Socket } from 'node:net';
import type { Candidate } from '../balance/balancer.ts';
import { PeakEwma } from '../balance/peak-ewma.ts';
import type { Deadlines } from '../http/deadlines.ts';
import type { OutgoingRequest, ResponseEvents, UpstreamStream } from '../http/transport.ts';
import { OutlierState } from '../resilience/outlier.ts';
import type { LocalFailure, OutlierDetector } from '../resilience/outlier.ts';
import type { Pool } from '../resilience/pool.ts';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';
import { Transports } from './transports.ts';

/** What the endpoints of a cluster share. */
export interface UpstreamContext {
  readonly deadlines: Deadlines;
  readonly pool: Pool;
  readonly outliers: OutlierDetector;
}

export class Upstream implements Endpoint, Candidate {
  readonly address: string;
  readonly port: number;
  readonly locality?: string;
  readonly labels?: Record<string, string>;
  /** Requests or connections in flight. */
  active = 0;
  weight: number;
  /** On the clock of `performance.now()`. */
  readonly addedAt = performance.now();
  readonly outlier = new OutlierState();
  /** What an active health check says. */
  isHealthy = true;
  /** What it speaks, and how that is encrypted. */
  readonly protocol: Cluster['protocol'];
  readonly tls: Cluster['tls'];
  readonly #context: UpstreamContext;
  #transports: Transports | undefined;
  #responseTime: PeakEwma | undefined;

  constructor(
    { address, port, locality, labels, weight = 1 }: Endpoint,
    { protocol, tls }: Pick<Cluster, 'protocol' | 'tls'>,
    context: UpstreamContext,
  ) {
    this.protocol = protocol;
    this.tls = tls;
    this.address = address;
    this.port = port;
    if (locality !== undefined) this.locality = locality;
    if (labels !== undefined) this.labels = labels;
    this.weight = weight;
    this.#context = context;
  }

  /** Whether it may be chosen. */
  get isOpen(): boolean {
    return this.isHealthy && this.outlier.ejectedUntil === undefined;
  }

  get responseTimeMs(): number {
    return this.#responseTime?.at(performance.now()) ?? 0;
  }

  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    return this.#reached().open(request, events);
  }

  /** A connection that carries bytes, still connecting. Throws when there is nothing to encrypt it with. */
  connect(): Socket {
    return this.#reached().connect();
  }

  /** A request begins. Returns false, and it must not, when the cluster has as many as it may have. */
  begin(): boolean {
    if (!this.#context.pool.requests.take()) return false;
    this.active++;
    return true;
  }

  /** It is over, whatever came of it. */
  end(): void {
    this.#context.pool.requests.give();
    this.active--;
  }

  /** From here on its response times are kept. */
  measure(): void {
    this.#responseTime ??= new PeakEwma();
  }

  get isMeasured(): boolean {
    return this.#responseTime !== undefined;
  }

  /** `startedAt` is when the request was sent, where response times are kept. */
  answered(status: number, startedAt: number): void {
    this.#context.outliers.answered(this.outlier, status);
    // A service that fails fast must not look fast.
    if (this.#responseTime !== undefined && status < 500) this.#observe(this.#responseTime, startedAt);
  }

  failed(failure: LocalFailure, startedAt: number): void {
    this.#context.outliers.failed(this.outlier, failure);
    if (this.#responseTime !== undefined && failure === 'timeout') this.#observe(this.#responseTime, startedAt);
  }

  /** A connection that carries bytes has been made. */
  connected(): void {
    this.#context.outliers.connected(this.outlier);
  }

  retire(): void {
    this.#transports?.retire();
  }

  #reached(): Transports {
    const { protocol, tls, address, port } = this;
    const { deadlines, pool } = this.#context;
    return (this.#transports ??= new Transports({ protocol, tls, address, port, deadlines, pool }));
  }

  #observe(responseTime: PeakEwma, startedAt: number): void {
    const now = performance.now();
    responseTime.observe(now - startedAt, now);
  }
}
