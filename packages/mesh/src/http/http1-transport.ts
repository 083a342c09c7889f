/**
 * HTTP/1.1 to one endpoint: a connection per request under way, kept for the next one when it is free.
 */
import { connect } from 'node:net';
import { ClientConnection } from './client-connection.ts';
import type { Deadlines } from './deadlines.ts';
import type { OutgoingRequest, ResponseEvents, Transport, UpstreamStream } from './transport.ts';

export interface Http1TransportOptions {
  address: string;
  port: number;
  deadlines: Deadlines;
  connectMs: number;
}

/** Idle connections are given up before the upstream would: Node and most servers close at 5 s or later. */
const idleMs = 4_000;

export class Http1Transport implements Transport {
  readonly #options: Http1TransportOptions;
  /** The most recently used last: it is the least likely to be closed by the other side. */
  #idle: ClientConnection[] = [];
  #isRetired = false;

  constructor(options: Http1TransportOptions) {
    this.#options = options;
  }

  open(request: OutgoingRequest, events: ResponseEvents): UpstreamStream {
    const connection = this.#free() ?? this.#connect();
    connection.send(request, events);
    return connection;
  }

  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) connection.abandon();
  }

  #free(): ClientConnection | undefined {
    let free = this.#idle.pop();
    while (free !== undefined && !free.isUsable) free = this.#idle.pop();
    return free;
  }

  #connect(): ClientConnection {
    const { address, port, deadlines, connectMs } = this.#options;
    return new ClientConnection({
      socket: connect({ host: address, port, noDelay: true }),
      deadlines,
      connectMs,
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
