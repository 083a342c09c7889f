/**
 * The gateway's port for TLS. Looks at the name each client asks for, and either ends TLS here or passes the connection through
 * unread.
 *
 *   connection ─► ClientHello ─► server of that name ─┬─► terminate ─► HTTP/1.1 or HTTP/2
 *                                  └ none: reset       └─► passthrough ─► endpoint
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Exchange } from '../http/exchange.ts';
import { domainAmong } from '../routing/domains.ts';
import type { TlsServer } from '../snapshot/snapshot.ts';
import { Greeting } from '../tls/greeting.ts';
import { Termination } from '../tls/termination.ts';
import { HttpConnections } from './http-connections.ts';
import type { HttpConnectionsOptions } from './http-connections.ts';

export interface TlsListenerOptions extends Omit<HttpConnectionsOptions, 'onExchange'> {
  /** Asked when a connection arrives. */
  servers: () => TlsServers;
  /** `server` is the one the client connected to, whatever host its request then names. */
  onExchange: (exchange: Exchange, server: TlsServer) => void;
  onPassthrough: (client: Socket, server: Extract<TlsServer, { kind: 'passthrough' }>) => void;
}

/** By host; of several for one host the first. */
export type TlsServers = ReadonlyMap<string, TlsServer>;

export function tlsServersByHost(servers: readonly TlsServer[]): TlsServers {
  return new Map(servers.toReversed().flatMap((server) => server.hosts.map((host) => [host, server] as const)));
}

export class TlsListener {
  readonly #options: TlsListenerOptions;
  readonly #server: Server;
  readonly #connections: HttpConnections;
  /** Connections whose client has not said yet what it wants, or is still shaking hands. */
  readonly #pending = new Set<Socket>();
  /** A server that did not change is the same object in the next snapshot. */
  readonly #terminations = new WeakMap<TlsServer, Termination>();

  constructor(options: TlsListenerOptions) {
    this.#options = options;
    // Every connection has a handler of its own: whom it serves depends on the server that was asked for.
    this.#connections = new HttpConnections({ ...options, onExchange: (exchange) => exchange.destroy() });
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Returns the port, which is the system's choice when 0 was asked for. Rejects with the system's error when it cannot be had. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen({ host, port, backlog: 1024 });
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Takes nothing new; resolves when requests under way are done, or broken off after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#pending) socket.destroy();
    this.#connections.drain();
    const timer = setTimeout(() => this.#connections.destroy(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  #accept(socket: Socket): void {
    this.#pending.add(socket);
    socket.once('close', () => this.#pending.delete(socket));
    const { deadlines, limits } = this.#options;
    new Greeting(socket, { deadlines, waitMs: limits.headMs }, (start, serverName) => {
      const servers = this.#options.servers();
      const server = servers.get(domainAmong(servers, serverName ?? '') ?? '');
      if (server === undefined) {
        socket.resetAndDestroy();
        return;
      }
      // Flowing, it would give what is put back to nobody.
      socket.pause().unshift(start);
      if (server.kind === 'terminate') this.#terminationOf(server).accept(socket);
      else {
        this.#pending.delete(socket);
        this.#options.onPassthrough(socket, server);
      }
    });
  }

  #terminationOf(server: Extract<TlsServer, { kind: 'terminate' }>): Termination {
    const known = this.#terminations.get(server);
    if (known !== undefined) return known;
    const onExchange = (exchange: Exchange) => this.#options.onExchange(exchange, server);
    const termination = new Termination({
      settings: server.settings,
      handshakeMs: this.#options.limits.headMs,
      onConnection: (socket, protocol) => {
        if (protocol === 'http2') this.#connections.serveHttp2(socket, { scheme: 'https', onExchange });
        else this.#connections.serveHttp1(socket, { scheme: 'https', onExchange });
      },
    });
    this.#terminations.set(server, termination);
    return termination;
  }
}
