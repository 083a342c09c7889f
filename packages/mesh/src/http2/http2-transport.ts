/**
 * HTTP/2 to one endpoint: one connection for all requests, and another when the upstream, or the cluster's limits, allow no more on it. Where
 * the cluster limits its connections as well, requests wait for room on one, first come first served.
 */
import type { Socket } from 'node:net';
import { overflow, refusedStream } from '../http/refused-stream.ts';
import { connectTimeoutMs } from '../http/transport.ts';
import type { OutgoingRequest, ResponseEvents, Transport, TransportOptions, UpstreamStream } from '../http/transport.ts';
import { WaitingStream } from '../http/waiting-stream.ts';
import type { Pool } from '../resilience/pool.ts';
import { ClientSession } from './client-session.ts';

const defaultIdleMs = 60_000;

export interface Http2TransportOptions extends TransportOptions {
  /** Makes a connection, which is still connecting. Never throws: what fails, fails on the socket. */
  dial: () => Socket;
  scheme: 'http' | 'https';
}

export class Http2Transport implements Transport {
  readonly #options: Http2TransportOptions;
  readonly #pool: Pool;
  /** Each with the places among the pending requests that are taken for it: those of its requests until it is connected. */
  readonly #sessions = new Map<ClientSession, number>();
  /** Requests without a connection; empty as long as there is room on one. */
  #waiting: WaitingStream[] = [];
  #isRetired = false;

  constructor(options: Http2TransportOptions) {
    this.#options = options;
    this.#pool = options.pool;
  }

  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    const session = this.#withRoom();
    if (session?.isConnected === true) return this.#start(session, request, events);
    // As in Envoy, a request also waits while the connection made for it is not there yet.
    if (!this.#pool.pending.take()) return refusedStream(events, overflow(this.#pool.policy));
    const connecting = session ?? this.#connect();
    if (connecting !== undefined) {
      this.#sessions.set(connecting, (this.#sessions.get(connecting) ?? 0) + 1);
      return this.#start(connecting, request, events);
    }
    const waiting = new WaitingStream(request, events, () => this.#leave(waiting));
    this.#waiting.push(waiting);
    return waiting;
  }

  retire(): void {
    this.#isRetired = true;
    for (const session of this.#sessions.keys()) session.close();
  }

  #start(session: ClientSession, request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    const stream = session.open(request, events);
    const { maxRequestsPerConnection = Infinity } = this.#pool.policy;
    // It has left the snapshot, or has had as many as it may: this request is the connection's last.
    if (this.#isRetired || session.requests >= maxRequestsPerConnection) session.close();
    return stream;
  }

  #withRoom(): ClientSession | undefined {
    for (const session of this.#sessions.keys()) {
      if (!this.#isYoung(session)) session.close();
      else if (session.hasRoom(this.#pool.policy.maxConcurrentStreams)) return session;
    }
    return undefined;
  }

  #isYoung({ openedAt }: ClientSession): boolean {
    const { maxConnectionDurationMs } = this.#pool.policy;
    return maxConnectionDurationMs === undefined || performance.now() - openedAt < maxConnectionDurationMs;
  }

  /** Undefined when the cluster has as many as it may. An endpoint always gets one, or requests might wait for ever. */
  #connect(): ClientSession | undefined {
    const { connections, policy } = this.#pool;
    if (!connections.take()) {
      if (this.#sessions.size > 0) return undefined;
      connections.force();
    }
    const { dial, scheme, deadlines } = this.#options;
    const session = new ClientSession({
      socket: dial(),
      scheme,
      deadlines,
      connectMs: policy.connectTimeoutMs ?? connectTimeoutMs,
      idleMs: policy.idleTimeoutMs ?? defaultIdleMs,
      onRoom: () => this.#onRoom(session),
      onConnectFailed: (isTimeout) => this.#pool.counts.connectionFailed(isTimeout),
      onClose: () => this.#onClose(session),
    });
    this.#sessions.set(session, 0);
    return session;
  }

  #onRoom(session: ClientSession): void {
    this.#settle(session, session.isConnected ? 0 : session.streams);
    this.#serve();
  }

  #onClose(session: ClientSession): void {
    this.#settle(session, 0);
    if (this.#sessions.delete(session)) this.#pool.connections.give();
    this.#serve();
  }

  /** Gives back the places of requests that wait for the connection no longer. */
  #settle(session: ClientSession, pending: number): void {
    const taken = this.#sessions.get(session) ?? 0;
    for (let place = pending; place < taken; place++) this.#pool.pending.give();
    if (taken > pending) this.#sessions.set(session, pending);
  }

  /** Those that waited keep their place until the connection they now have is there. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const session = this.#withRoom() ?? this.#connect();
      if (session === undefined) return;
      if (session.isConnected) this.#pool.pending.give();
      else this.#sessions.set(session, (this.#sessions.get(session) ?? 0) + 1);
      this.#waiting.shift()?.begin((request, events) => this.#start(session, request, events));
    }
  }

  /** The caller has gone. */
  #leave(waiting: WaitingStream): void {
    const index = this.#waiting.indexOf(waiting);
    if (index === -1) return;
    this.#waiting.splice(index, 1);
    this.#pool.pending.give();
  }
}
