/**
 * HTTP/1.1 to one endpoint: a connection per request under way, kept for the next one when it is free. Where the cluster limits its
 * connections, requests wait for one, first come first served.
 */
import type { Socket } from 'node:net';
import { OverflowError } from '../resilience/pool.ts';
import type { Pool } from '../resilience/pool.ts';
import type { ConnectionPoolPolicy } from '../snapshot/cluster-policies.ts';
import { ClientConnection } from './client-connection.ts';
import type { Deadlines } from './deadlines.ts';
import { DirectSocket } from './direct-socket.ts';
import type { OutgoingRequest, ResponseEvents, Transport, UpstreamStream } from './transport.ts';
import { WaitingStream } from './waiting-stream.ts';

export interface Http1TransportOptions {
  address: string;
  port: number;
  deadlines: Deadlines;
  /** Of the cluster, shared by its endpoints. */
  pool: Pool;
}

/** Istio's default. */
export const connectTimeoutMs = 10_000;

/** Idle connections are given up before the upstream would: Node and most servers close at 5 s or later. */
const idleMs = 4_000;

export class Http1Transport implements Transport {
  readonly #options: Http1TransportOptions;
  readonly #pool: Pool;
  /** The most recently used last: it is the least likely to be closed by the other side. */
  #idle: ClientConnection[] = [];
  /** Requests without a connection; empty as long as there are idle ones. */
  #waiting: WaitingStream[] = [];
  #open = 0;
  #isRetired = false;

  constructor(options: Http1TransportOptions) {
    this.#options = options;
    this.#pool = options.pool;
  }

  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    const free = this.#free();
    if (free !== undefined) {
      free.send(request, events);
      return free;
    }
    // As in Envoy, a request also waits while the connection made for it is not there yet.
    if (!this.#pool.pending.take()) return refused(events, this.#pool.policy);
    if (this.#mayConnect()) {
      const connection = this.#connect();
      connection.send(request, events);
      return connection;
    }
    const waiting = new WaitingStream(request, events, () => this.#leave(waiting));
    this.#waiting.push(waiting);
    return waiting;
  }

  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) connection.abandon();
  }

  #free(): ClientConnection | undefined {
    let free = this.#idle.pop();
    while (free !== undefined && !(free.isUsable && this.#isYoung(free))) {
      free.abandon();
      free = this.#idle.pop();
    }
    return free;
  }

  /** An endpoint always gets one connection, or requests that wait for it might wait for ever: as in Envoy. */
  #mayConnect(): boolean {
    if (this.#pool.connections.take()) return true;
    if (this.#open > 0) return false;
    this.#pool.connections.force();
    return true;
  }

  /** The place among the connections is taken already, that among the waiting is given back when it is connected or has failed. */
  #connect(): ClientConnection {
    const { address, port, deadlines } = this.#options;
    const { connectTimeoutMs: connectMs = connectTimeoutMs, idleTimeoutMs, tcpKeepalive } = this.#pool.policy;
    this.#open++;
    let isPending = true;
    const settle = () => {
      if (isPending) this.#pool.pending.give();
      isPending = false;
    };
    const direct = new DirectSocket({ host: address, port, noDelay: true });
    if (tcpKeepalive !== undefined) keepAlive(direct.socket, tcpKeepalive);
    let isOpen = true;
    return new ClientConnection({
      direct,
      deadlines,
      connectMs,
      idleMs: idleTimeoutMs ?? idleMs,
      maxIdleMs: idleTimeoutMs,
      onConnect: settle,
      onIdle: (connection) => this.#onIdle(connection),
      onClose: (connection) => {
        settle();
        if (!isOpen) return;
        isOpen = false;
        this.#onClose(connection);
      },
    });
  }

  #onIdle(connection: ClientConnection): void {
    const { maxRequestsPerConnection = Infinity } = this.#pool.policy;
    if (connection.requests >= maxRequestsPerConnection || !this.#isYoung(connection)) {
      connection.abandon();
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#pool.pending.give();
      next.assign(connection);
    } else if (this.#isRetired) connection.abandon();
    else this.#idle.push(connection);
  }

  #onClose(connection: ClientConnection): void {
    this.#open--;
    this.#pool.connections.give();
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    if (this.#waiting.length > 0 && this.#mayConnect()) this.#waiting.shift()?.assign(this.#connect());
  }

  #isYoung({ openedAt }: ClientConnection): boolean {
    const { maxConnectionDurationMs } = this.#pool.policy;
    return maxConnectionDurationMs === undefined || performance.now() - openedAt < maxConnectionDurationMs;
  }

  /** The caller has gone. */
  #leave(waiting: WaitingStream): void {
    const index = this.#waiting.indexOf(waiting);
    if (index === -1) return;
    this.#waiting.splice(index, 1);
    this.#pool.pending.give();
  }
}

/** What the policy leaves out is Node's: probes each second, ten of them. */
export function keepAlive(
  socket: Socket,
  { timeMs, intervalMs, probes }: NonNullable<ConnectionPoolPolicy['tcpKeepalive']>,
): void {
  socket.setKeepAlive({
    enable: true,
    ...(timeMs !== undefined && { initialDelay: timeMs }),
    ...(intervalMs !== undefined && { interval: intervalMs }),
    ...(probes !== undefined && { count: probes }),
  });
}

/** Fails in the next turn: nothing may be called back before `open` returns. */
function refused(events: ResponseEvents, { maxConnections, maxPendingRequests = 0 }: ConnectionPoolPolicy): UpstreamStream {
  const connections = maxConnections === undefined ? '' : `${maxConnections} connections and `;
  let isWanted = true;
  queueMicrotask(() => {
    if (isWanted)
      events.onFailure(new OverflowError(`${connections}${maxPendingRequests} waiting requests are its limit`), false);
  });
  return {
    write: () => true,
    end: () => undefined,
    resume: () => undefined,
    abandon: () => {
      isWanted = false;
    },
  };
}
