/**
 * The gateway: where requests from outside the mesh come in.
 */
import type { Deadlines } from '../http/deadlines.ts';
import type { ServerLimits } from '../http/server-connection.ts';
import type { Exchange } from '../http/exchange.ts';
import { decide } from '../routing/decide.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { RequestHead } from '../routing/match.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Observer } from '../telemetry/telemetry.ts';
import { dispatch } from './dispatch.ts';
import type { Guards } from './guards.ts';
import { HttpListener } from './http-listener.ts';
import type { HttpConnectionsOptions } from './http-connections.ts';
import type { Upstreams } from './upstreams.ts';

/** What is asked at the moment a request arrives; it changes with every snapshot. */
export interface ProxyState {
  readonly routes: RouteTable;
  readonly upstreams: Upstreams;
  readonly telemetry: Observer;
  readonly guards: Guards;
  /** Where the gateway serves https, while it does. */
  readonly gatewayTlsPort?: number | undefined;
  readonly declaredPorts?: Snapshot['declaredPorts'];
}

export interface GatewayOptions {
  state: ProxyState;
  /** Of this port, asked when a request arrives. Absent: those of the state. */
  routes?: () => RouteTable;
  /** Absent: the gateway's own. */
  port?: number;
  /** At an address where TLS is at the port it usually has. */
  isAlone?: boolean;
  deadlines: Deadlines;
  /** Defaults are for people and programs that mean well and may be slow. */
  limits?: Partial<ServerLimits>;
}

export const gatewayLimits: ServerLimits = { headMs: 15_000, bodyStallMs: 60_000, idleMs: 65_000 };

export class Gateway {
  readonly #state: ProxyState;
  readonly #routes: () => RouteTable;
  readonly #port: number | undefined;
  readonly #isAlone: boolean;
  readonly #options: HttpConnectionsOptions;
  readonly #listeners: HttpListener[] = [];

  constructor({ state, routes = () => state.routes, port, isAlone = false, deadlines, limits }: GatewayOptions) {
    this.#isAlone = isAlone;
    this.#state = state;
    this.#routes = routes;
    this.#port = port;
    this.#options = { deadlines, limits: { ...gatewayLimits, ...limits }, onExchange: (exchange) => this.#handle(exchange) };
  }

  /** Returns the port, which is the system's choice when 0 was asked for. Rejects with the system's error when it cannot be had. */
  async listen(host: string, port: number): Promise<number> {
    const listener = new HttpListener(this.#options);
    const chosen = await listener.listen(host, port);
    this.#listeners.push(listener);
    return chosen;
  }

  /** Takes nothing new; resolves when requests under way are done, or broken off after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close(graceMs)));
  }

  #handle(exchange: Exchange): void {
    const { upstreams, guards, telemetry, declaredPorts } = this.#state;
    const gatewayTlsPort = this.#isAlone ? undefined : this.#state.gatewayTlsPort;
    const declaredPort = this.#port ?? declaredPorts?.http;
    const routes = this.#routes();
    const decideHere = (head: RequestHead) => decide(routes, head, Math.random());
    dispatch({ exchange, decide: decideHere, isEdge: true, gatewayTlsPort, declaredPort, upstreams, guards, telemetry });
  }
}
