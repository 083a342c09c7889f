/**
 * A port of the gateway for TLS: open while the snapshot has something to serve there.
 */
import type { Socket } from 'node:net';
import type { Deadlines } from '../http/deadlines.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ServerLimits } from '../http/server-connection.ts';
import { compileRouteTable, decide, emptyRouteTable } from '../routing/decide.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { Decision } from '../routing/decision.ts';
import type { RequestHead } from '../routing/match.ts';
import { domainAmong } from '../routing/domains.ts';
import { pickDestination } from '../routing/weights.ts';
import type { TlsGateway as TlsSnapshot, TlsServer } from '../snapshot/snapshot.ts';
import { carryConnection } from './carry-connection.ts';
import { dispatch } from './dispatch.ts';
import { gatewayLimits } from './gateway.ts';
import type { ProxyState } from './gateway.ts';
import { listenOnLoopback } from './loopback.ts';
import { TlsListener, tlsServersByHost } from './tls-listener.ts';
import type { TlsServers } from './tls-listener.ts';

export interface TlsGatewayOptions {
  state: ProxyState;
  deadlines: Deadlines;
  limits?: Partial<ServerLimits>;
  /** 0 lets the system choose. */
  port: number;
  /** Absent: localhost. */
  address?: string;
  /** Whether Gateways call the port by its number; absent: it is the gateway's own, which has another. */
  isDeclared?: true;
}

/** How long requests may go on when the last Gateway with TLS has gone. */
const drainMs = 10_000;

export class TlsGateway {
  readonly #options: TlsGatewayOptions;
  #listeners: TlsListener[] = [];
  #port: number | undefined;
  #servers: TlsServers = new Map();
  #routes: RouteTable = emptyRouteTable;
  #virtualHosts: TlsSnapshot['virtualHosts'] | undefined;

  constructor(options: TlsGatewayOptions) {
    this.#options = options;
  }

  /** While it is open. */
  get port(): number | undefined {
    return this.#port;
  }

  /** Follows the snapshot: connections that are open go on, with the certificate they began with. Resolves with why the port cannot be had. */
  async update(tls: TlsSnapshot | undefined): Promise<Error | undefined> {
    this.#servers = tlsServersByHost(tls?.servers ?? []);
    if (this.#virtualHosts !== tls?.virtualHosts) {
      this.#virtualHosts = tls?.virtualHosts;
      this.#routes = compileRouteTable({ virtualHosts: tls?.virtualHosts ?? [], serviceRoutes: {} }, this.#routes);
    }
    if (tls === undefined) void this.close(drainMs);
    else if (this.#port === undefined) return this.#open();
    return undefined;
  }

  /** Takes nothing new; resolves when requests under way are done, or broken off after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#port = undefined;
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close(graceMs)));
  }

  async #open(): Promise<Error | undefined> {
    try {
      const { address, port } = this.#options;
      const listen = (host: string, wanted: number) => this.#listen(host, wanted);
      this.#port = address === undefined ? await listenOnLoopback(listen, port) : await listen(address, port);
      return undefined;
    } catch (error) {
      await this.close(0);
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #listen(host: string, port: number): Promise<number> {
    const { deadlines, limits } = this.#options;
    const listener = new TlsListener({
      deadlines,
      limits: { ...gatewayLimits, ...limits },
      servers: () => this.#servers,
      onExchange: (exchange, server) => this.#handle(exchange, server),
      onPassthrough: (client, server) => this.#pass(client, server),
    });
    const chosen = await listener.listen(host, port);
    this.#listeners.push(listener);
    return chosen;
  }

  #handle(exchange: Exchange, server: TlsServer): void {
    const { state, address, port, isDeclared } = this.#options;
    const { upstreams, guards, telemetry, declaredPorts } = state;
    const gatewayTlsPort = address === undefined ? state.gatewayTlsPort : port;
    const declaredPort = isDeclared === true ? port : declaredPorts?.tls;
    const routes = this.#routes;
    const servers = this.#servers;
    const decideHere = (head: RequestHead) =>
      isFor(server, head, servers) ? decide(routes, head, Math.random()) : elsewhere(head);
    dispatch({ exchange, decide: decideHere, isEdge: true, gatewayTlsPort, declaredPort, upstreams, guards, telemetry });
  }

  #pass(client: Socket, { destinations }: Extract<TlsServer, { kind: 'passthrough' }>): void {
    const { upstreams, telemetry } = this.#options.state;
    const { cluster = '' } = destinations[pickDestination(destinations, Math.random())] ?? {};
    carryConnection({ client, cluster, upstreams, onConnected: (upstream) => telemetry.connected(client, cluster, upstream) });
  }
}

/**
 * A connection made for one name must not reach what another guards with its own certificate or client check (RFC 9110 §15.5.20). A server
 * with a new certificate has the hosts it had.
 */
function isFor({ hosts }: TlsServer, { host }: RequestHead, servers: TlsServers): boolean {
  const asked = servers.get(domainAmong(servers, host) ?? '')?.hosts ?? [];
  return asked.length === hosts.length && asked.every((each, index) => each === hosts[index]);
}

function elsewhere({ host }: RequestHead): Decision {
  return { kind: 'refuse', status: 421, detail: `This TLS connection was made for another name than ${host}.` };
}
