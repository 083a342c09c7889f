/**
 * The two places the proxy's core is mounted, made ready for the same tests: a caller in a process of its own with the node's preload, and a
 * Service it calls by name, through the node's proxy or straight from its own process.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mountBundle } from '../control/mount-bundle.ts';
import { MeshProxy } from '../proxy/proxy.ts';
import { SnapshotServer } from '../snapshot-feed/snapshot-server.ts';
import type { Cluster, Endpoint, Route, Snapshot } from '../snapshot/snapshot.ts';
import type { ClusterReport } from '../telemetry/clusters/report.ts';
import { portOf, startBackend } from './backend.ts';
import type { Backend } from './backend.ts';
import type { TcpCounts } from '../telemetry/edges.ts';
import type { CallOptions, CallResult, Command, ConnectionResult, LoadResult } from './mount-messages.ts';

export const webCluster = 'web.default:8080';
export const webUrl = 'http://web:8080';
/** Another port of `web`, whose connections are carried as bytes. */
export const bytesPort = 5432;
export const bytesCluster = `web.default:${bytesPort}`;

export type MountKind = 'proxy' | 'in-process';

/** The same in no two processes, so that tests that run at the same time do not meet. */
function addressIn(secondByte: number): string {
  return `127.${secondByte}.${(process.pid >> 8) % 256}.${process.pid % 256}`;
}

export type Callers = Pick<Snapshot, 'callers' | 'callerRoutes' | 'tcpRoutes'>;

export interface MountUnderTest extends AsyncDisposable {
  /** Of the caller. */
  readonly podIp: string;
  /** What makes a program one of the Pod. */
  readonly env: NodeJS.ProcessEnv;
  /** For files of the test; goes with the mount. */
  readonly directory: string;
  /** What the Service `web` is behind, and what is known of callers; resolves when the caller goes by it. */
  apply(clusters: Record<string, Endpoint[] | Cluster>, routes?: Route[], callers?: Callers): Promise<void>;
  call(options: Partial<CallOptions> & { path?: string }): Promise<CallResult>;
  calls(count: number, options: Partial<CallOptions> & { path?: string }): Promise<CallResult[]>;
  /** A connection to `web` that carries bytes: what is said first, and what is answered. */
  connect(text: string): Promise<ConnectionResult>;
  tell(command: Command): Promise<unknown>;
  stopLoad(): Promise<LoadResult>;
  /** How often requests to `web` ended with this status, as the proxy counts it. */
  counted(status: number): number;
  /** How `web` is doing, by all that the proxy knows of it. */
  report(): ClusterReport | undefined;
  /** Connections that carry bytes to the cluster, as the proxy counts them. */
  countedConnections(cluster: string): TcpCounts;
  /** No longer serves snapshots, as when the proxy dies. */
  loseFeed(): void;
}

const preload = fileURLToPath(new URL('../../../node/preload/index.cjs', import.meta.url));
const caller = fileURLToPath(new URL('./mount-caller.ts', import.meta.url));

/** A backend at an address of its own: to the caller, 127.0.0.1 is its Pod. `index` counts those that are there at the same time. */
export function startEndpoint(listener: RequestListener, index = 0): Promise<Backend> {
  return startBackend(listener, { address: addressIn(17 + index) });
}

/** Answers each connection, once its caller has said all, with its own name, the address that calls, and what was said. */
export async function startBytesEndpoint(name: string, index = 0): Promise<Endpoint & AsyncDisposable> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let said = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => (said += String(data)));
    socket.on('end', () => socket.end(`${name} ${socket.remoteAddress ?? ''} ${said}`));
  });
  const address = addressIn(17 + index);
  server.listen(0, address);
  await once(server, 'listening');
  return { address, port: portOf(server), [Symbol.asyncDispose]: () => Promise.resolve(void server.close()) };
}

export async function startMount(kind: MountKind): Promise<MountUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'hikyaku-mount-'));
  const socketPath = join(directory, 'mesh.sock');
  const proxy = new MeshProxy({ gatewayPort: 0 });
  const feed = new SnapshotServer(proxy.telemetry);
  await feed.listen(socketPath);
  const hosts = join(directory, 'hosts');
  const [podIp, serviceIp, markerIp] = [addressIn(16), addressIn(96), addressIn(97)];
  await writeFile(hosts, `${serviceIp} web web.default\n${markerIp} marker\n`);
  const module = kind === 'in-process' ? await mountBundle(directory) : '';
  const env = {
    ...process.env,
    NODE_OPTIONS: `--require ${preload}`,
    HIKYAKU_POD_IP: podIp,
    HIKYAKU_HOSTS: hosts,
    ...(module !== '' && { HIKYAKU_MESH: JSON.stringify({ module, socketPath }) }),
  };
  const child = fork(caller, [], { execArgv: [], env });
  const marker = await startBackend((_request, response) => response.end(), { address: podIp });
  return new Mounted({ kind, podIp, serviceIp, markerIp, env, directory, proxy, feed, child, marker });
}

interface Parts {
  kind: MountKind;
  podIp: string;
  /** Of the Service `web`. */
  serviceIp: string;
  markerIp: string;
  env: NodeJS.ProcessEnv;
  directory: string;
  proxy: MeshProxy;
  feed: SnapshotServer;
  child: ChildProcess;
  /** An endpoint for the Service that tells which snapshot is in force. */
  marker: Backend;
}

class Mounted implements MountUnderTest {
  readonly podIp: string;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly #parts: Parts;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #lastId = 0;
  #version = 0;

  constructor(parts: Parts) {
    this.podIp = parts.podIp;
    this.env = parts.env;
    this.directory = parts.directory;
    this.#parts = parts;
    parts.child.on('message', (message) => {
      const { id, result } = message as { id: number; result: unknown };
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  async apply(clusters: Record<string, Endpoint[] | Cluster>, routes?: Route[], callers: Callers = {}): Promise<void> {
    const { kind, proxy, feed } = this.#parts;
    const version = `${kind} ${++this.#version}`;
    // The marker's answer tells who decided: the same rule is another in each mount's snapshot.
    const snapshotOf = (marker: string) => ({ ...this.#snapshot(clusters, routes, marker), ...callers });
    const warnings = await proxy.apply(snapshotOf(kind === 'proxy' ? version : 'the proxy'));
    if (warnings.length > 0) throw new Error(warnings.join('; '));
    feed.publish(snapshotOf(version));
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      const byEach = await Promise.all((['fetch', 'undici'] as const).map((by) => this.call({ url: 'http://marker', by })));
      if (byEach.every(({ text }) => text === version)) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`the caller does not go by snapshot ${version}`);
  }

  call({ path = '/', ...options }: Partial<CallOptions> & { path?: string }): Promise<CallResult> {
    return this.tell({ kind: 'call', options: { url: webUrl + path, ...options } }) as Promise<CallResult>;
  }

  calls(count: number, { path = '/', ...options }: Partial<CallOptions> & { path?: string }): Promise<CallResult[]> {
    const each = Array.from({ length: count }, () => ({ url: webUrl + path, ...options }));
    return this.tell({ kind: 'calls', each }) as Promise<CallResult[]>;
  }

  connect(text: string): Promise<ConnectionResult> {
    return this.tell({ kind: 'connect', host: 'web', port: bytesPort, text }) as Promise<ConnectionResult>;
  }

  stopLoad(): Promise<LoadResult> {
    return this.tell({ kind: 'stop' }) as Promise<LoadResult>;
  }

  tell(command: Command): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#parts.child.send({ id, ...command });
    });
  }

  counted(status: number): number {
    const edges = [...this.#parts.proxy.telemetry.edges].filter(({ cluster }) => cluster === webCluster);
    const ends = edges.flatMap(({ requests }) => [...requests.values()]).filter(({ end }) => end.status === status);
    return ends.reduce((sum, { count }) => sum + count, 0);
  }

  report(): ClusterReport | undefined {
    return this.#parts.proxy.telemetry.clusters.merged().get(webCluster);
  }

  countedConnections(cluster: string): TcpCounts {
    const { telemetry } = this.#parts.proxy;
    // Counts what is open, too.
    telemetry.families();
    const edge = [...telemetry.edges].find((each) => each.cluster === cluster);
    return edge?.tcp ?? { opened: 0, closed: 0, sentBytes: 0, receivedBytes: 0 };
  }

  loseFeed(): void {
    this.#parts.feed.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child, proxy, feed, marker, directory } = this.#parts;
    const exited = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await exited;
    feed.close();
    await proxy.close(0);
    await marker[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }

  #snapshot(clusters: Record<string, Endpoint[] | Cluster>, routes: Route[] | undefined, version: string): Snapshot {
    const { marker, serviceIp, markerIp } = this.#parts;
    const markerRoute: Route = { name: 'marker', matches: [], action: { kind: 'respond', status: 200, body: version } };
    const all = { ...clusters, 'marker.default:80': [{ address: marker.address, port: marker.port }] };
    return {
      virtualHosts: [],
      serviceRoutes: { 'marker.default:80': [markerRoute], ...(routes !== undefined && { [webCluster]: routes }) },
      clusters: Object.fromEntries(Object.entries(all).map(([key, given]) => [key, clusterOf(key, given)])),
      services: [
        { address: serviceIp, port: 8080, service: 'default/web', cluster: webCluster, protocol: 'http' },
        { address: serviceIp, port: bytesPort, service: 'default/web', cluster: bytesCluster, protocol: 'tcp' },
        { address: markerIp, port: 80, service: 'default/marker', cluster: 'marker.default:80', protocol: 'http' },
      ],
      warnings: [],
    };
  }
}

function clusterOf(key: string, given: Endpoint[] | Cluster): Cluster {
  if (!Array.isArray(given)) return given;
  return { service: key.split(':')[0] ?? key, endpoints: given.map(({ address, port }) => ({ address, port })) };
}
