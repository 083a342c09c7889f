/**
 * HTTP/1.1 to one endpoint: a connection per request under way, kept for the next one when it is free. Where the cluster limits its
 * connections, requests wait for one, first come first served.
 */
import type { Pool } from '../resilience/pool.ts';
import { ClientConnection } from './client-connection.ts';
import type { ReadSocket } from './dial.ts';
import { overflow, refusedStream } from './refused-stream.ts';
import { connectTimeoutMs } from './transport.ts';
import type { OutgoingRequest, ResponseEvents, Transport, TransportOptions, UpstreamStream } from './transport.ts';
import { WaitingStream } from './waiting-stream.ts';

export interface Http1TransportOptions extends TransportOptions {
  /** Makes a connection, which is still connecting. Never throws: what fails, fails on the socket. */
  dial: () => ReadSocket;
}

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
    if (free !== undefined) return sentOn(free, request, events);
    // As in Envoy, a request also waits while the connection made for it is not there yet.
    if (!this.#pool.pending.take()) return refusedStream(events, overflow(this.#pool.policy));
    if (this.#mayConnect()) return sentOn(this.#connect(), request, events);
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
    const { dial, deadlines } = this.#options;
    const { connectTimeoutMs: connectMs = connectTimeoutMs, idleTimeoutMs } = this.#pool.policy;
    this.#open++;
    let isPending = true;
    const settle = () => {
      if (isPending) this.#pool.pending.give();
      isPending = false;
    };
    let isOpen = true;
    return new ClientConnection({
      direct: dial(),
      deadlines,
      connectMs,
      idleMs: idleTimeoutMs ?? idleMs,
      maxIdleMs: idleTimeoutMs,
      onConnect: settle,
      onConnectFailed: (isTimeout) => this.#pool.counts.connectionFailed(isTimeout),
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
      next.begin((...request) => sentOn(connection, ...request));
    } else if (this.#isRetired) connection.abandon();
    else this.#idle.push(connection);
  }

  #onClose(connection: ClientConnection): void {
    this.#open--;
    this.#pool.connections.give();
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    if (this.#waiting.length > 0 && this.#mayConnect())
      this.#waiting.shift()?.begin((...request) => sentOn(this.#connect(), ...request));
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

function sentOn(connection: ClientConnection, request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
  connection.send(request, events);
  return connection;
}
