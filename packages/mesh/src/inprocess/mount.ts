/**
 * The proxy's core mounted in a Node process: requests that undici would send to a Service are decided, balanced, retried and carried
 * here, straight to the chosen Pod, and connections that are carried as bytes are made to it. Bundled into one file (control/mount-bundle.ts) that the
 * node's preload loads when a program first uses undici or connects to a Service. Everything that is not taken goes the usual way, through the node's proxy.
 */
import type { Socket } from 'node:net';
import { Deadlines } from '../http/deadlines.ts';
import { dispatch } from '../proxy/dispatch.ts';
import { Upstreams } from '../proxy/upstreams.ts';
import { compileRouteTable, decideForService, emptyRouteTable } from '../routing/decide.ts';
import type { CallerView } from '../snapshot/caller-view.ts';
import { CallReports } from './call-reports.ts';
import { ClusterReporter } from './cluster-reports.ts';
import { ConnectionReports } from './connection-reports.ts';
import { ObservedRequest } from './diagnostics.ts';
import { InProcessExchange } from './in-process-exchange.ts';
import { readRequest } from './request.ts';
import { responseSideOf } from './response-side.ts';
import { ServiceConnections } from './service-connections.ts';
import { ServiceOrigins } from './service-origins.ts';
import type { Resolve } from './service-origins.ts';
import { followSnapshots } from '../snapshot-feed/snapshot-follower.ts';
import type { ClusterReports } from '../telemetry/clusters/cluster-stats.ts';
import type { UndiciHandler, UndiciOptions } from './undici.ts';

export interface MountOptions {
  /** Where snapshots are served (snapshot-feed/snapshot-server.ts). */
  socketPath: string;
  podIp: string;
  resolve: Resolve;
}

/** undici's own, for callers that say nothing. */
const defaultTimeoutMs = 300_000;

/** Follows the snapshots from now on, without keeping the process alive. */
export function mount({ socketPath, podIp, resolve }: MountOptions): Mount {
  const mounted = new Mount({
    podIp,
    resolve,
    reports: new CallReports((requests) => follower.tell({ type: 'finished', requests })),
    tellClusters: (clusters) => follower.tell({ type: 'clusters', address: podIp, clusters }),
    connectionReports: new ConnectionReports(podIp, (changes) => follower.tell({ type: 'connections', changes })),
  });
  const follower = followSnapshots(
    socketPath,
    (view) => mounted.apply(view),
    () => mounted.tellAgain(),
  );
  return mounted;
}

interface MountParts extends Pick<MountOptions, 'podIp' | 'resolve'> {
  reports: CallReports;
  /** Returns false when it was lost. */
  tellClusters: (clusters: ClusterReports) => boolean;
  connectionReports: ConnectionReports;
}

/** Where a connection goes instead of the Service address it was meant for. */
export interface Detour {
  address: string;
  port: number;
  /** To be told of the socket before it is connected. */
  watch(socket: Socket): void;
}

export class Mount {
  readonly #podIp: string;
  readonly #reports: CallReports;
  readonly #clusterReporter: ClusterReporter;
  readonly #connectionReports: ConnectionReports;
  readonly #connections: ServiceConnections;
  readonly #origins: ServiceOrigins;
  readonly #deadlines = new Deadlines();
  readonly #upstreams = new Upstreams(this.#deadlines);
  #routes = emptyRouteTable;

  constructor({ podIp, resolve, reports, tellClusters, connectionReports }: MountParts) {
    this.#podIp = podIp;
    this.#reports = reports;
    this.#clusterReporter = new ClusterReporter({ reports: () => this.#upstreams.reports(), tell: tellClusters });
    this.#connectionReports = connectionReports;
    this.#connections = new ServiceConnections(podIp);
    this.#origins = new ServiceOrigins(resolve);
  }

  /** Requests from now on go by it; those under way finish as they began. */
  apply(view: CallerView): void {
    this.#upstreams.update(view);
    this.#routes = compileRouteTable({ ...view, virtualHosts: [] }, this.#routes);
    this.#origins.update(view);
    this.#connections.update(view);
  }

  /** For a connection that is about to be made to an address of the cluster's; undefined when it is to go there. Never throws. */
  connection(address: string, port: number): Detour | undefined {
    const direct = this.#connections.find(this.#routes, address, port);
    return direct && { ...direct.endpoint, watch: (socket) => this.#connectionReports.watch(socket, direct) };
  }

  /** Whoever counts has just been found. */
  tellAgain(): void {
    this.#connectionReports.startOver();
  }

  /** Returns whether the request is taken; the handler is then called as a dispatcher of undici would call it. Never throws. */
  take(options: UndiciOptions, handler: UndiciHandler): boolean {
    const written = options.origin instanceof URL ? options.origin.origin : options.origin;
    const origin = typeof written === 'string' ? this.#origins.find(written) : undefined;
    const request = origin && readRequest(options, origin.authority);
    if (origin === undefined || request === undefined) return false;
    const exchange = new InProcessExchange({
      request,
      response: responseSideOf(handler),
      remoteAddress: this.#podIp,
      deadlines: this.#deadlines,
      headersTimeoutMs: timeoutOf(options.headersTimeout),
      bodyTimeoutMs: timeoutOf(options.bodyTimeout),
      observed: ObservedRequest.of(String(written), request),
    });
    // Never answered before `dispatch` has returned: undici's callers do not expect that.
    queueMicrotask(() => this.#carry(exchange, origin.cluster));
    return true;
  }

  #carry(exchange: InProcessExchange, cluster: string): void {
    if (exchange.isOver) return;
    this.#clusterReporter.wake();
    const decide = (head: Parameters<typeof decideForService>[2]) => decideForService(this.#routes, cluster, head, Math.random());
    dispatch({ exchange, decide, isEdge: false, upstreams: this.#upstreams, called: cluster, telemetry: this.#reports });
  }
}

function timeoutOf(given: unknown): number {
  return typeof given === 'number' ? given : defaultTimeoutMs;
}
