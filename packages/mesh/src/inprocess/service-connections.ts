/**
 * Which connections to Services may go straight to a Pod: those that are carried as bytes to a cluster with one endpoint, of which nothing more is asked
 * than to reach it. Everything else needs what only the proxy does, such as trying another endpoint behind the caller's back.
 */
import { servedServices } from '../proxy/served-services.ts';
import { decideForConnection } from '../routing/decide-connection.ts';
import type { RouteTable } from '../routing/decide.ts';
import type { CallerView } from '../snapshot/caller-view.ts';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';

export interface DirectConnection {
  cluster: string;
  endpoint: Endpoint;
}

export class ServiceConnections {
  readonly #podIp: string;
  /** By the address and port of the Service. */
  #services: ReadonlyMap<string, string> = new Map();
  #clusters: CallerView['clusters'] = {};

  constructor(podIp: string) {
    this.#podIp = podIp;
  }

  update(view: CallerView): void {
    this.#clusters = view.clusters;
    const carried = servedServices(view).filter(({ protocol }) => protocol === 'tcp');
    this.#services = new Map(carried.map(({ address, port, cluster }) => [`${address}:${port}`, cluster]));
  }

  /** Undefined when it goes where it was going. */
  find(routes: RouteTable, address: string, port: number): DirectConnection | undefined {
    const called = this.#services.get(`${address}:${port}`);
    if (called === undefined) return undefined;
    const cluster = decideForConnection(routes, called, { localAddress: address, remoteAddress: this.#podIp }, Math.random());
    const endpoint = onlyEndpoint(this.#clusters[cluster]);
    return endpoint && { cluster, endpoint };
  }
}

/** What makes no difference where there is one endpoint, and nothing to choose. Any other policy is the proxy's to carry out. */
const indifferent: ReadonlySet<string> = new Set<keyof Cluster>(['service', 'endpoints', 'loadBalancer', 'warmup', 'protocol']);

function onlyEndpoint(cluster: Cluster | undefined): Endpoint | undefined {
  if (cluster?.endpoints.length !== 1) return undefined;
  return Object.keys(cluster).every((field) => indifferent.has(field)) ? cluster.endpoints[0] : undefined;
}
