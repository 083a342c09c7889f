/**
 * The endpoints the proxy knows, with their connections and their load. Follows the snapshot: an endpoint that left it gets no new
 * request and loses its idle connections, while requests in flight on it finish.
 */
import { connect } from 'node:net';
import { balancers } from '../balance/balancers.ts';
import type { Balancer } from '../balance/balancers.ts';
import type { Loaded } from '../balance/least-request.ts';
import { ClientConnection } from '../http/client-connection.ts';
import type { Deadlines } from '../http/deadlines.ts';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';

/** Istio's default connectTimeout. */
export const connectTimeoutMs = 10_000;

/** Idle connections are given up before the upstream would: Node and most servers close at 5 s or later. */
const idleMs = 4_000;

export class Upstream implements Endpoint, Loaded {
  readonly address: string;
  readonly port: number;
  /** Requests or connections in flight. */
  active = 0;
  readonly #deadlines: Deadlines;
  /** The most recently used last: it is the least likely to be closed by the other side. */
  #idle: ClientConnection[] = [];
  #isRetired = false;

  constructor({ address, port }: Endpoint, deadlines: Deadlines) {
    this.address = address;
    this.port = port;
    this.#deadlines = deadlines;
  }

  /** A connection that is free, or a new one that may still fail to come about. */
  connection(): ClientConnection {
    let free = this.#idle.pop();
    while (free !== undefined && !free.isUsable) free = this.#idle.pop();
    return free ?? this.#connect();
  }

  /** Gives up idle connections, now and as they become idle. */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) connection.abandon();
  }

  #connect(): ClientConnection {
    return new ClientConnection({
      socket: connect({ host: this.address, port: this.port, noDelay: true }),
      deadlines: this.#deadlines,
      connectMs: connectTimeoutMs,
      idleMs,
      onIdle: (connection) => {
        if (this.#isRetired) connection.abandon();
        else this.#idle.push(connection);
      },
      onClose: (connection) => {
        const index = this.#idle.indexOf(connection);
        if (index !== -1) this.#idle.splice(index, 1);
      },
    });
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
          const address = `${endpoint.address}:${endpoint.port}`;
          const upstream = known.get(address) ?? this.#known.get(address) ?? new Upstream(endpoint, this.#deadlines);
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
