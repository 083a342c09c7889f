/**
 * Which origins (`http://order-service:8080`) are Services whose requests the mesh may carry. Names are looked up as every connection
 * of the Pod looks them up, so that both ways always lead to the same Service.
 */
import { servedServices } from '../proxy/served-services.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export interface ServiceOrigin {
  cluster: string;
  /** For the Host field. */
  authority: string;
}

/** The addresses of a cluster name; undefined for a name that is not the cluster's. */
export type Resolve = (name: string) => readonly string[] | undefined;

export class ServiceOrigins {
  readonly #resolve: Resolve;
  #clusters: ReadonlyMap<string, string> = new Map();
  /** Only what was found: a name that leads nowhere yet may do so at any moment. */
  readonly #found = new Map<string, ServiceOrigin>();

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  update(snapshot: Pick<Snapshot, 'services' | 'clusters'>): void {
    this.#found.clear();
    this.#clusters = new Map(
      servedServices(snapshot)
        .filter(({ protocol }) => protocol === 'http')
        .map(({ address, port, cluster }) => [`${address}:${port}`, cluster]),
    );
  }

  /** Undefined when requests to it go another way. */
  find(origin: string): ServiceOrigin | undefined {
    const known = this.#found.get(origin);
    if (known !== undefined) return known;
    const found = this.#lookUp(origin);
    if (found !== undefined) this.#found.set(origin, found);
    return found;
  }

  #lookUp(origin: string): ServiceOrigin | undefined {
    const url = URL.parse(origin);
    if (url?.protocol !== 'http:') return undefined;
    const [address = url.hostname, ...others] = this.#resolve(url.hostname) ?? [];
    // A headless Service: its Pods are called directly, by whoever asked for that.
    if (others.length > 0) return undefined;
    const cluster = this.#clusters.get(`${address}:${url.port === '' ? 80 : Number(url.port)}`);
    return cluster === undefined ? undefined : { cluster, authority: url.host };
  }
}
