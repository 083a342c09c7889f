/**
 * The gateway's ports besides its two: each is open while the snapshot has something to serve there.
 */
import type { Deadlines } from '../http/deadlines.ts';
import type { ServerLimits } from '../http/server-connection.ts';
import { compileRouteTable, emptyRouteTable } from '../routing/decide.ts';
import type { RouteTable } from '../routing/decide.ts';
import { addressOf, placeOfKey } from '../snapshot/gateway-ports.ts';
import type { GatewayPlace } from '../snapshot/gateway-ports.ts';
import type { GatewayPort } from '../snapshot/snapshot.ts';
import { Gateway } from './gateway.ts';
import type { ProxyState } from './gateway.ts';
import { listenOnLoopback } from './loopback.ts';
import { TlsGateway } from './tls-gateway.ts';

/** A port that cannot be had; `code` is the system's: `EADDRINUSE`, `EACCES`. */
export interface PortFailure {
  place: GatewayPlace;
  code: string;
  message: string;
}

export interface MorePortsOptions {
  state: ProxyState;
  deadlines: Deadlines;
  limits?: Partial<ServerLimits>;
}

/** How long requests may go on when a port is no longer asked for. */
const drainMs = 10_000;

export class MoreGatewayPorts {
  readonly #options: MorePortsOptions;
  readonly #ports = new Map<string, { isTls: boolean; port: PlainPort | TlsGateway }>();

  constructor(options: MorePortsOptions) {
    this.#options = options;
  }

  /** Follows the snapshot; resolves with the ports that cannot be had, which are tried again with the next one. */
  async update(wanted: Readonly<Record<string, GatewayPort>>): Promise<PortFailure[]> {
    const closing = [...this.#ports].filter(([key, { isTls }]) => isTlsPort(wanted[key]) !== isTls);
    for (const [key] of closing) this.#ports.delete(key);
    // A number that changes sides is free as soon as nobody listens; what is under way there goes on.
    for (const [, { port }] of closing) void port.close(drainMs);
    const failures = await Promise.all(Object.entries(wanted).map(([key, config]) => this.#serve(key, config)));
    return failures.filter((failure) => failure !== undefined);
  }

  /** Takes nothing new; resolves when requests under way are done, or broken off after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#ports.values()].map(({ port }) => port.close(graceMs)));
  }

  async #serve(key: string, config: GatewayPort): Promise<PortFailure | undefined> {
    const { port } = this.#ports.get(key) ?? this.#add(key, isTlsPort(config) === true);
    const error = await port.update({ servers: [], ...config });
    return error && portFailure(placeOfKey(key), error);
  }

  #add(key: string, isTls: boolean): { port: PlainPort | TlsGateway } {
    const options = { ...this.#options, ...addressOf(placeOfKey(key)) };
    const added = { isTls, port: isTls ? new TlsGateway({ ...options, isDeclared: true }) : new PlainPort(options) };
    this.#ports.set(key, added);
    return added;
  }
}

export function portFailure(place: GatewayPlace, error: Error): PortFailure {
  return { place, code: 'code' in error ? String(error.code) : 'UNKNOWN', message: error.message };
}

/** Undefined when nothing is wanted there. */
function isTlsPort(port: GatewayPort | undefined): boolean | undefined {
  return port === undefined ? undefined : port.servers !== undefined;
}

class PlainPort {
  readonly #gateway: Gateway;
  readonly #port: number;
  /** Absent: localhost. */
  readonly #address: string | undefined;
  #isOpen = false;
  #routes: RouteTable = emptyRouteTable;
  #virtualHosts: GatewayPort['virtualHosts'] | undefined;

  constructor({ port, address, ...options }: MorePortsOptions & { port: number; address?: string }) {
    this.#port = port;
    this.#address = address;
    this.#gateway = new Gateway({ ...options, port, isAlone: address !== undefined, routes: () => this.#routes });
  }

  async update({ virtualHosts }: GatewayPort): Promise<Error | undefined> {
    if (this.#virtualHosts !== virtualHosts) this.#routes = compileRouteTable({ virtualHosts, serviceRoutes: {} }, this.#routes);
    this.#virtualHosts = virtualHosts;
    if (this.#isOpen) return undefined;
    try {
      const listen = (host: string, port: number) => this.#gateway.listen(host, port);
      if (this.#address === undefined) await listenOnLoopback(listen, this.#port);
      else await listen(this.#address, this.#port);
      this.#isOpen = true;
      return undefined;
    } catch (error) {
      await this.close(0);
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#isOpen = false;
    await this.#gateway.close(graceMs);
  }
}
