/**
 * HTTP/2 with prior knowledge to one endpoint: one connection for all requests, and another when the upstream allows no more on it.
 */
import { connect } from 'node:net';
import type { Deadlines } from '../http/deadlines.ts';
import type { OutgoingRequest, ResponseEvents, Transport, UpstreamStream } from '../http/transport.ts';
import { ClientSession } from './client-session.ts';

export interface Http2TransportOptions {
  address: string;
  port: number;
  deadlines: Deadlines;
  connectMs: number;
  /** How long a connection without requests is kept. */
  idleMs?: number;
}

const defaultIdleMs = 60_000;

export class Http2Transport implements Transport {
  readonly #options: Http2TransportOptions;
  readonly #sessions = new Set<ClientSession>();
  #isRetired = false;

  constructor(options: Http2TransportOptions) {
    this.#options = options;
  }

  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    const session = this.#withRoom() ?? this.#connect();
    const stream = session.open(request, events);
    // It has left the snapshot: this request is the connection's last.
    if (this.#isRetired) session.close();
    return stream;
  }

  retire(): void {
    this.#isRetired = true;
    for (const session of this.#sessions) session.close();
  }

  #withRoom(): ClientSession | undefined {
    for (const session of this.#sessions) if (session.hasRoom) return session;
    return undefined;
  }

  #connect(): ClientSession {
    const { address, port, deadlines, connectMs, idleMs = defaultIdleMs } = this.#options;
    const session = new ClientSession({
      socket: connect({ host: address, port, noDelay: true }),
      scheme: 'http',
      deadlines,
      connectMs,
      idleMs,
      onClose: (closed) => this.#sessions.delete(closed),
    });
    this.#sessions.add(session);
    return session;
  }
}
