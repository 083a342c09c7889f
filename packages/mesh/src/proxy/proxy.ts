/**
 * The proxy as a whole: one gateway, the Service addresses, and the snapshot they share. Knows nothing of processes: `main.ts`
 * gives it a process of its own, tests run it where they are.
 */
import { Deadlines } from '../http/deadlines.ts';
import { compileRouteTable, emptyRouteTable } from '../routing/decide.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { ReporterOptions } from '../telemetry/reporter.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { Gateway } from './gateway.ts';
import { listenOnLoopback } from './loopback.ts';
import { MoreGatewayPorts, portFailure } from './more-gateway-ports.ts';
import type { PortFailure } from './more-gateway-ports.ts';
import { TlsGateway } from './tls-gateway.ts';
import type { GatewayOptions, ProxyState } from './gateway.ts';
import { Guards } from './guards.ts';
import { locateIn } from './mesh-fetch.ts';
import { ServiceListeners } from './services.ts';
import { Upstreams } from './upstreams.ts';

export interface ProxyOptions extends Pick<GatewayOptions, 'limits'> {
  /** 0 lets the system choose. */
  gatewayPort: number;
  /** Likewise. Default: 0. */
  gatewayTlsPort?: number;
  /** Where access logs and spans go; absent: only as the snapshot says. */
  telemetry?: Partial<ReporterOptions>;
}

export class MeshProxy implements ProxyState {
  routes: RouteTable = emptyRouteTable;
  declaredPorts: Snapshot['declaredPorts'];
  /** The gateway's ports that cannot be had. */
  portFailures: readonly PortFailure[] = [];
  readonly upstreams: Upstreams;
  readonly guards: Guards;
  readonly telemetry: Telemetry;
  readonly #services: ServiceListeners;
  readonly #gateway: Gateway;
  readonly #tlsGateway: TlsGateway;
  readonly #morePorts: MoreGatewayPorts;
  readonly #gatewayPort: number;

  constructor({ gatewayPort, gatewayTlsPort = 0, telemetry, ...options }: ProxyOptions) {
    const deadlines = new Deadlines();
    this.upstreams = new Upstreams(deadlines);
    this.guards = new Guards(locateIn(this.upstreams));
    this.telemetry = new Telemetry({
      endpointsOf: (cluster) => this.upstreams.cluster(cluster)?.endpoints ?? [],
      ...telemetry,
    });
    this.telemetry.clusters.own = () => this.upstreams.reports();
    this.telemetry.moreFamilies = () => this.guards.families();
    this.#services = new ServiceListeners(this, deadlines);
    this.#gateway = new Gateway({ state: this, deadlines, ...options });
    this.#morePorts = new MoreGatewayPorts({ state: this, deadlines, ...options });
    this.#tlsGateway = new TlsGateway({ state: this, deadlines, port: gatewayTlsPort, ...options });
    this.#gatewayPort = gatewayPort;
  }

  /** While there is something to serve over TLS. */
  get gatewayTlsPort(): number | undefined {
    return this.#tlsGateway.port;
  }

  /** Opens the gateway on 127.0.0.1 and, where there is IPv6, on [::1]. Returns its port; rejects when the port is taken. */
  async listen(): Promise<number> {
    return listenOnLoopback((host, port) => this.#gateway.listen(host, port), this.#gatewayPort);
  }

  /**
   * Swaps the snapshot. Requests that arrive from now on are routed by the new one; those under way finish as they began.
   * Resolves with warnings once the Service addresses and the gateway's ports follow; those that cannot be had are in `portFailures`.
   */
  async apply(snapshot: Snapshot): Promise<string[]> {
    const telling = this.telemetry.update(snapshot);
    this.upstreams.update(snapshot);
    this.guards.update(snapshot);
    this.routes = compileRouteTable(snapshot, this.routes);
    this.declaredPorts = snapshot.declaredPorts;
    const ofTls = await this.#tlsGateway.update(snapshot.tls);
    const ofOthers = await this.#morePorts.update(snapshot.gatewayPorts ?? {});
    this.portFailures = [...(ofTls ? [portFailure('tls', ofTls)] : []), ...ofOthers];
    return [...(await this.#services.update(snapshot)), ...(await telling)];
  }

  /** Takes nothing new and resolves when the gateway's requests under way are done, or after `graceMs`, then broken off. */
  async close(graceMs: number): Promise<void> {
    this.#services.stop();
    await Promise.all([this.#gateway, this.#tlsGateway, this.#morePorts].map((each) => each.close(graceMs)));
    this.upstreams.close();
    this.guards.close();
    await this.telemetry.close();
  }
}
