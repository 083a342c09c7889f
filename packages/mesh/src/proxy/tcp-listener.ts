/**
 * An address whose connections are carried as bytes, each to one endpoint of a cluster.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { decideForConnection } from '../routing/decide-connection.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { splice } from './splice.ts';
import { connectTimeoutMs } from './upstreams.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

export interface TcpState {
  readonly routes: RouteTable;
  readonly upstreams: Upstreams;
  readonly telemetry: Telemetry;
}

export class TcpListener {
  readonly #server: Server;
  readonly #cluster: string;
  readonly #state: TcpState;

  constructor(cluster: string, state: TcpState) {
    this.#cluster = cluster;
    this.#state = state;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      // What follows from it is in the close that comes after.
      client.on('error', () => undefined);
      const { localAddress = '', remoteAddress = '' } = client;
      const cluster = decideForConnection(state.routes, this.#cluster, { localAddress, remoteAddress }, Math.random());
      this.#carry(client, cluster, new Set());
    });
  }

  /** Rejects with the system's error when the address cannot be had. */
  async listen(host: string, port: number): Promise<void> {
    this.#server.listen({ host, port, backlog: 1024 });
    await once(this.#server, 'listening');
  }

  /** Takes no more connections; those that are open go on. */
  stop(): void {
    this.#server.close();
  }

  /** Connects to one endpoint after the other until one accepts; nothing has been read from the client before that. */
  #carry(client: Socket, cluster: string, tried: Set<Upstream>): void {
    const upstream = this.#state.upstreams.pick(cluster, tried);
    if (upstream === undefined) {
      client.resetAndDestroy();
      return;
    }
    tried.add(upstream);
    upstream.active++;
    const server = connect({
      host: upstream.address,
      port: upstream.port,
      allowHalfOpen: true,
      noDelay: true,
      timeout: connectTimeoutMs,
    });
    const next = () => {
      upstream.active--;
      server.destroy();
      if (!client.destroyed) this.#carry(client, cluster, tried);
    };
    server.once('error', next);
    server.once('timeout', next);
    server.once('connect', () => {
      server.off('error', next).off('timeout', next).setTimeout(0);
      this.#state.telemetry.connected(client, this.#cluster, upstream);
      splice(client, server, () => upstream.active--);
    });
  }
}
