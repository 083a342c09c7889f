/**
 * An address whose connections are carried as bytes, each to one endpoint of a cluster.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { decideForConnection } from '../routing/decide-connection.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { carryConnection } from './carry-connection.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

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
      const { upstreams, telemetry } = this.#state;
      const onConnected = (upstream: Upstream) => telemetry.connected(client, cluster, upstream);
      carryConnection({ client, cluster, upstreams, onConnected });
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
}
