/**
 * An address on which HTTP/1.1 is spoken. What becomes of the requests is the business of whoever opened it.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Deadlines } from '../http/deadlines.ts';
import { ServerConnection } from '../http/server-connection.ts';
import type { ServerLimits } from '../http/server-connection.ts';
import type { ServerExchange } from '../http/server-exchange.ts';
import { refuse } from './answers.ts';

export interface HttpListenerOptions {
  deadlines: Deadlines;
  limits: ServerLimits;
  onExchange: (exchange: ServerExchange) => void;
}

export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #server: Server;
  readonly #connections = new Set<ServerConnection>();

  constructor(options: HttpListenerOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Returns the port, which is the system's choice when 0 was asked for. Rejects with the system's error when it cannot be had. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen({ host, port, backlog: 1024 });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Takes no more connections; those that are open go on. */
  stop(): void {
    this.#server.close();
  }

  /** Takes nothing new; resolves when requests under way are done, or broken off after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of this.#connections) connection.drain();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  #accept(socket: Socket): void {
    const { deadlines, limits, onExchange } = this.#options;
    const onClose = (connection: ServerConnection) => this.#connections.delete(connection);
    this.#connections.add(
      new ServerConnection({ socket, scheme: 'http', limits, deadlines, onExchange, onMalformed: refuse, onClose }),
    );
  }
}
