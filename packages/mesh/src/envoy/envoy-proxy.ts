/**
 * The proxy's parts put together as an Envoy bootstrap says: several listeners, each with routes of its own, over the same clusters. In this process;
 * nothing changes while it runs.
 */
import { Deadlines } from '../http/deadlines.ts';
import { Gateway } from '../proxy/gateway.ts';
import { Guards } from '../proxy/guards.ts';
import { locateIn } from '../proxy/mesh-fetch.ts';
import { TcpListener } from '../proxy/tcp-listener.ts';
import { Upstreams } from '../proxy/upstreams.ts';
import { compileRouteTable, emptyRouteTable } from '../routing/decide.ts';
import { StatsServer } from '../telemetry/stats-server.ts';
import { Telemetry, underPrefix } from '../telemetry/telemetry.ts';
import type { EnvoyServing } from './compile.ts';
import type { ServedListener } from './listeners.ts';
import type { Place } from './places.ts';
import { tlsFront } from './tls-front.ts';

export interface ListeningAt extends Place {
  name: string;
}

export class EnvoyProxy {
  readonly #serving: EnvoyServing;
  readonly #deadlines = new Deadlines();
  readonly #telemetry = new Telemetry();
  readonly #upstreams = new Upstreams(this.#deadlines);
  readonly #guards = new Guards(locateIn(this.#upstreams));
  readonly #gateways: Pick<Gateway, 'close'>[] = [];
  readonly #tcpListeners: TcpListener[] = [];
  #stats: StatsServer | undefined;

  constructor(serving: EnvoyServing) {
    this.#serving = serving;
    this.#upstreams.update(serving);
    this.#telemetry.clusters.own = () => this.#upstreams.reports();
    this.#telemetry.clusters.nameOf = (cluster) => serving.statNames[cluster] ?? cluster;
  }

  /** Opens all listeners and says where, `admin` among them. Rejects with the system's error when one cannot be had; `close` ends the others. */
  async listen(): Promise<ListeningAt[]> {
    const { listeners, admin } = this.#serving;
    const places: ListeningAt[] = [];
    for (const listener of listeners) places.push({ ...listener, port: await this.#open(listener) });
    if (admin !== undefined) {
      this.#stats = new StatsServer({ port: admin.port, telemetry: this.#telemetry, isReady: () => true });
      places.push({ name: 'admin', address: '127.0.0.1', port: await this.#stats.listen() });
    }
    return places;
  }

  /** Takes nothing new; resolves when requests under way are done, or broken off after `graceMs`. May be called twice. */
  async close(graceMs: number): Promise<void> {
    for (const listener of this.#tcpListeners.splice(0)) listener.stop();
    await Promise.all(this.#gateways.splice(0).map((gateway) => gateway.close(graceMs)));
    this.#upstreams.close();
    this.#guards.close();
    this.#stats?.close();
  }

  async #open(listener: ServedListener): Promise<number> {
    const shared = { upstreams: this.#upstreams, telemetry: this.#telemetry };
    if (listener.kind === 'tcp') {
      const tcp = new TcpListener(listener.cluster, { ...shared, routes: emptyRouteTable }, this.#deadlines);
      await tcp.listen(listener.address, listener.port);
      this.#tcpListeners.push(tcp);
      return listener.port;
    }
    if (listener.kind === 'tls') {
      const front = tlsFront({ chains: listener.chains, state: { ...shared, guards: this.#guards }, deadlines: this.#deadlines });
      this.#gateways.push(front);
      return front.listen(listener.address, listener.port);
    }
    const routes = compileRouteTable({ virtualHosts: listener.virtualHosts, serviceRoutes: {} });
    const telemetry = underPrefix(this.#telemetry, listener.statPrefix);
    const gateway = new Gateway({ state: { ...shared, routes, telemetry, guards: this.#guards }, deadlines: this.#deadlines });
    const port = await gateway.listen(listener.address, listener.port);
    this.#gateways.push(gateway);
    return port;
  }
}
