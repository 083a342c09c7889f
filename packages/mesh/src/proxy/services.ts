/**
 * The Service addresses: every clusterIP and port is listened on, and what arrives is carried to a ready endpoint: request by
 * request where the port speaks HTTP, connection by connection elsewhere.
 */
import type { Deadlines } from '../http/deadlines.ts';
import type { ServerLimits } from '../http/server-connection.ts';
import type { Exchange } from '../http/exchange.ts';
import { decideForService } from '../routing/decide.ts';
import type { RequestHead } from '../routing/match.ts';
import type { ServiceListener, Snapshot } from '../snapshot/snapshot.ts';
import { dispatch } from './dispatch.ts';
import type { ProxyState } from './gateway.ts';
import { HttpListener } from './http-listener.ts';
import { servedServices } from './served-services.ts';
import { TcpListener } from './tcp-listener.ts';

/** Callers are programs that keep connections for long and may be unlucky with one that we close at the same moment. */
const limits: ServerLimits = { headMs: 15_000, bodyStallMs: 60_000, idleMs: 600_000 };

interface Open {
  service: ServiceListener;
  listener: { stop: () => void };
  /** Set when the address could not be listened on. */
  failure?: string;
}

export class ServiceListeners {
  readonly #state: ProxyState;
  readonly #deadlines: Deadlines;
  readonly #open = new Map<string, Open>();

  constructor(state: ProxyState, deadlines: Deadlines) {
    this.#state = state;
    this.#deadlines = deadlines;
  }

  /** Resolves with what went wrong, in human words, when every address is listened on or has failed. */
  async update(snapshot: Pick<Snapshot, 'services' | 'clusters'>): Promise<string[]> {
    const wanted = new Map(servedServices(snapshot).map((service) => [keyOf(service), service]));
    for (const [key, { listener }] of this.#open) {
      if (wanted.has(key)) continue;
      listener.stop();
      this.#open.delete(key);
    }
    const missing = [...wanted.values()].filter(
      (service) => this.#open.get(keyOf(service))?.failure !== undefined || !this.#open.has(keyOf(service)),
    );
    await Promise.all(missing.map((service) => this.#listen(service)));
    return [...this.#open.values()].flatMap(({ failure }) => failure ?? []);
  }

  /** Takes no more connections; those that are open go on. */
  stop(): void {
    for (const { listener } of this.#open.values()) listener.stop();
    this.#open.clear();
  }

  async #listen(service: ServiceListener): Promise<void> {
    const listener = this.#listenerFor(service);
    const open: Open = { service, listener };
    this.#open.set(keyOf(service), open);
    try {
      await listener.listen(service.address, service.port);
    } catch (error) {
      open.failure = describeFailure(service, error);
    }
  }

  #listenerFor({ cluster, protocol }: ServiceListener): HttpListener | TcpListener {
    if (protocol === 'tcp') return new TcpListener(cluster, this.#state, this.#deadlines);
    return new HttpListener({ deadlines: this.#deadlines, limits, onExchange: (exchange) => this.#carry(exchange, cluster) });
  }

  #carry(exchange: Exchange, cluster: string): void {
    const { routes, upstreams, guards, telemetry } = this.#state;
    const decide = (head: RequestHead) => decideForService(routes, cluster, head, Math.random());
    dispatch({ exchange, decide, isEdge: false, upstreams, guards, called: cluster, telemetry });
  }
}

function keyOf({ address, port, cluster, protocol }: ServiceListener): string {
  return `${address}:${port} ${cluster} ${protocol}`;
}

function describeFailure({ cluster, address, port }: ServiceListener, error: unknown): string {
  const [service] = cluster.split(':');
  const isForbidden = error instanceof Error && 'code' in error && error.code === 'EACCES';
  if (isForbidden)
    return `Service ${service ?? cluster}: ${address}:${port} needs root, because ports below 1024 do; use a higher port`;
  return `Service ${service ?? cluster}: cannot listen on ${address}:${port}: ${error instanceof Error ? error.message : String(error)}`;
}
