/**
 * An address whose connections are carried as bytes, each to one endpoint of a cluster.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { decideForConnection } from '../routing/decide-connection.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { ConnectionPoolPolicy } from '../snapshot/cluster-policies.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { splice } from './splice.ts';
import { connectTimeoutMs, keepAlive } from '../http/http1-transport.ts';
import type { BalancedRequest } from '../balance/balancer.ts';
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
    const { upstreams, telemetry } = this.#state;
    const upstream = upstreams.pick(cluster, tcpRequest(client), tried);
    const pool = upstreams.pool(cluster);
    // Beyond the limit of the cluster the caller is not kept waiting: no byte of it was read.
    if (upstream === undefined || pool?.connections.take() !== true) {
      client.resetAndDestroy();
      return;
    }
    const { connectTimeoutMs: timeout = connectTimeoutMs, tcpKeepalive } = pool.policy;
    tried.add(upstream);
    upstream.active++;
    const leave = () => {
      upstream.active--;
      pool.connections.give();
    };
    const server = connect({ host: upstream.address, port: upstream.port, allowHalfOpen: true, noDelay: true, timeout });
    if (tcpKeepalive !== undefined) keepAlive(server, tcpKeepalive);
    const next = () => {
      leave();
      upstream.failed('connect', 0);
      server.destroy();
      if (!client.destroyed) this.#carry(client, cluster, tried);
    };
    server.once('error', next);
    server.once('timeout', next);
    server.once('connect', () => {
      server.off('error', next).off('timeout', next).setTimeout(0);
      upstream.connected();
      telemetry.connected(client, cluster, upstream);
      const stop = limitTime(client, server, pool.policy);
      splice(client, server, () => {
        stop();
        leave();
      });
    });
  }
}

/** Of connections only the address of the caller is known. */
function tcpRequest({ remoteAddress = '' }: Socket): BalancedRequest {
  return { remoteAddress, header: () => undefined, query: () => undefined, setCookie: () => undefined };
}

/** Ends both when they have been open, or without a byte either way, for as long as they may. Call the result when they are closed. */
function limitTime(client: Socket, server: Socket, policy: ConnectionPoolPolicy): () => void {
  const { maxConnectionDurationMs, tcpIdleTimeoutMs = 0 } = policy;
  const end = () => {
    client.destroy();
    server.destroy();
  };
  // Bytes pass both sockets either way, so one of them suffices.
  if (tcpIdleTimeoutMs > 0) server.setTimeout(tcpIdleTimeoutMs, end);
  const timer = maxConnectionDurationMs === undefined ? undefined : setTimeout(end, maxConnectionDurationMs);
  return () => clearTimeout(timer);
}
