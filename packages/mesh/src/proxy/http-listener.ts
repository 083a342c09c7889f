/**
 * An address on which HTTP is spoken without TLS. What becomes of the requests is the business of whoever opened it.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { acceptDirect } from '../http/direct-socket.ts';
import { HttpConnections } from './http-connections.ts';
import type { HttpConnectionsOptions } from './http-connections.ts';

export class HttpListener {
  readonly #server: Server;
  readonly #connections: HttpConnections;
  /** The server knows nothing of them once they are read directly. */
  readonly #open = new Set<Socket>();
  #onLastClosed: (() => void) | undefined;

  constructor(options: HttpConnectionsOptions) {
    this.#connections = new HttpConnections(options);
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket));
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
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#onLastClosed = () => resolve(undefined);
    if (this.#open.size === 0) resolve(undefined);
    this.#connections.drain();
    const timer = setTimeout(() => this.#connections.destroy(), graceMs);
    await Promise.all([closed, promise]);
    clearTimeout(timer);
  }

  #accept(accepted: Socket): void {
    const direct = acceptDirect(accepted);
    this.#open.add(direct.socket);
    direct.socket.once('close', () => {
      this.#open.delete(direct.socket);
      if (this.#open.size === 0) this.#onLastClosed?.();
    });
    this.#connections.serveAny(direct);
  }
}
