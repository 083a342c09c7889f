/**
 * An address whose connections are carried as bytes, each to one endpoint of a cluster.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Deadlines } from '../http/deadlines.ts';
import { decideForConnection } from '../routing/decide-connection.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { Observer } from '../telemetry/telemetry.ts';
import { Greeting } from '../tls/greeting.ts';
import { carryConnection } from './carry-connection.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

export interface TcpState {
  readonly routes: RouteTable;
  readonly upstreams: Upstreams;
  readonly telemetry: Pick<Observer, 'connected'>;
}

/** From the first byte to the name. */
const greetingMs = 15_000;

export class TcpListener {
  readonly #server: Server;
  readonly #cluster: string;
  readonly #state: TcpState;
  readonly #deadlines: Deadlines;

  constructor(cluster: string, state: TcpState, deadlines: Deadlines) {
    this.#cluster = cluster;
    this.#state = state;
    this.#deadlines = deadlines;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      // What follows from it is in the close that comes after.
      client.on('error', () => undefined);
      const { localAddress = '', remoteAddress = '' } = client;
      const chosen = decideForConnection(state.routes, this.#cluster, { localAddress, remoteAddress }, Math.random());
      if (state.upstreams.cluster(chosen)?.byName === undefined) this.#carry(client, chosen);
      else this.#ask(client, chosen);
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

  #carry(client: Socket, cluster: string, serverName?: string): void {
    const { upstreams, telemetry } = this.#state;
    const onConnected = (upstream: Upstream) => telemetry.connected(client, cluster, upstream);
    carryConnection({ client, cluster, serverName, upstreams, onConnected });
  }

  /** Only its client can say where it leads. */
  #ask(client: Socket, cluster: string): void {
    new Greeting(client, { deadlines: this.#deadlines, waitMs: greetingMs }, (start, serverName) => {
      client.pause().unshift(start);
      this.#carry(client, cluster, serverName);
    });
    client.resume();
  }
}
