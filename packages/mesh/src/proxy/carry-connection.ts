/**
 * Carries one connection as bytes to one endpoint of a cluster.
 */
import type { Socket } from 'node:net';
import type { BalancedRequest } from '../balance/balancer.ts';
import { readyEvent } from '../http/dial.ts';
import { connectTimeoutMs } from '../http/transport.ts';
import type { ConnectionPoolPolicy } from '../snapshot/cluster-policies.ts';
import { splice } from './splice.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

export interface Carriage {
  /** Paused; may hold bytes that have been read and put back. */
  client: Socket;
  /** That the client has asked for (SNI), where it was looked at. */
  serverName?: string | undefined;
  cluster: string;
  upstreams: Upstreams;
  onConnected: (upstream: Upstream) => void;
}

/** Connects to one endpoint after the other until one accepts; nothing of the client's has been sent anywhere before that. */
export function carryConnection(carriage: Carriage, tried = new Set<Upstream>()): void {
  const { client, cluster, upstreams, serverName, onConnected } = carriage;
  const upstream = upstreams.pick(cluster, tcpRequest(client, serverName), tried);
  const pool = upstreams.pool(cluster);
  if (upstream === undefined && tried.size === 0 && pool !== undefined) pool.counts.noneOpen++;
  // Beyond the limit of the cluster the caller is not kept waiting: nothing of it was sent on.
  if (upstream === undefined || tried.has(upstream) || pool?.connections.take() !== true) {
    client.resetAndDestroy();
    return;
  }
  tried.add(upstream);
  upstream.active++;
  const leave = () => {
    upstream.active--;
    pool.connections.give();
  };
  const server = connectedTo(upstream);
  const next = (error?: Error) => {
    leave();
    pool.counts.connectionFailed(error === undefined);
    upstream.failed('connect', 0);
    server?.destroy();
    if (!client.destroyed) carryConnection(carriage, tried);
  };
  if (server === undefined) {
    next(new Error('nothing to encrypt it with'));
    return;
  }
  server.setTimeout(pool.policy.connectTimeoutMs ?? connectTimeoutMs);
  server.once('error', next);
  server.once('timeout', next);
  server.once(readyEvent(server), () => {
    server.off('error', next).off('timeout', next).setTimeout(0);
    upstream.connected();
    onConnected(upstream);
    const stop = limitTime(client, server, pool.policy);
    splice(client, server, () => {
      stop();
      leave();
    });
  });
}

/** Undefined when there is nothing to encrypt it with. */
function connectedTo(upstream: Upstream): Socket | undefined {
  try {
    return upstream.connect();
  } catch {
    return undefined;
  }
}

/** Of connections only the address of the caller is known, and sometimes a name. */
function tcpRequest({ remoteAddress = '' }: Socket, host: string | undefined): BalancedRequest {
  return { remoteAddress, host, header: () => undefined, query: () => undefined, setCookie: () => undefined };
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
