/**
 * The endpoints the proxy knows, with their connections and their load. Follows the snapshot: an endpoint that left it gets no new
 * request and loses its idle connections, while requests in flight on it finish.
 */
import { balancers } from '../balance/balancers.ts';
import type { Balancer } from '../balance/balancers.ts';
import type { Loaded } from '../balance/least-request.ts';
import type { Deadlines } from '../http/deadlines.ts';
import type { OutgoingRequest, ResponseEvents, Transport, UpstreamStream } from '../http/transport.ts';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';
import { transportFor } from './transports.ts';

/** Istio's default connectTimeout. */
export const connectTimeoutMs = 10_000;

export class Upstream implements Endpoint, Loaded {
  readonly address: string;
  readonly port: number;
  /** Requests or connections in flight. */
  active = 0;
  readonly #transport: Transport;

  constructor({ address, port }: Endpoint, cluster: Cluster, deadlines: Deadlines) {
    this.address = address;
    this.port = port;
    this.#transport = transportFor(cluster, { address, port, deadlines, connectMs: connectTimeoutMs });
  }

  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    return this.#transport.open(request, events);
  }

  retire(): void {
    this.#transport.retire();
  }
}

interface Group {
  cluster: Cluster;
  upstreams: Upstream[];
  balance: Balancer;
  /** How often was picked: of its own, or clusters asked in turn would each see only every other number. */
  turn: number;
}

export class Upstreams {
  readonly #deadlines: Deadlines;
  #groups = new Map<string, Group>();
  #known = new Map<string, Upstream>();

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** Follows a new snapshot; requests already under way keep the endpoint they have. */
  update(clusters: Record<string, Cluster>): void {
    const known = new Map<string, Upstream>();
    this.#groups = new Map(
      Object.entries(clusters).map(([key, cluster]) => {
        const upstreams = cluster.endpoints.map((endpoint) => {
          const address = `${endpoint.address}:${endpoint.port} ${cluster.protocol ?? 'http1'}`;
          const upstream = known.get(address) ?? this.#known.get(address) ?? new Upstream(endpoint, cluster, this.#deadlines);
          known.set(address, upstream);
          return upstream;
        });
        const balance = balancers[cluster.loadBalancing ?? 'LEAST_REQUEST'];
        return [key, { cluster, upstreams, balance, turn: this.#groups.get(key)?.turn ?? 0 }];
      }),
    );
    for (const [address, upstream] of this.#known) if (!known.has(address)) upstream.retire();
    this.#known = known;
  }

  cluster(key: string): Cluster | undefined {
    return this.#groups.get(key)?.cluster;
  }

  /** The endpoint that should take the next request, or undefined when there is none outside `except`. */
  pick(key: string, except?: ReadonlySet<Upstream>): Upstream | undefined {
    const group = this.#groups.get(key);
    return group?.balance(group.upstreams, group.turn++, except);
  }

  /** Gives up all idle connections. */
  close(): void {
    for (const upstream of this.#known.values()) upstream.retire();
  }
}
