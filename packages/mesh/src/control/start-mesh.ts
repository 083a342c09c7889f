/**
 * The mesh's control side: follows the resources, compiles them, and keeps the proxy process on the latest snapshot.
 */
import type { ResourceClient } from '@hikyaku/resources';
import { compile } from '../snapshot/compile.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import { diff } from '../snapshot/diff.ts';
import type { Patch } from '../snapshot/diff.ts';
import { ListMemo } from '../snapshot/list-memo.ts';
import type { RouteMemory } from '../snapshot/routes.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { isAssigned } from '../snapshot/gateway-api/addresses.ts';
import { addressOf, placeOfKey } from '../snapshot/gateway-ports.ts';
import type { GatewayPlace, OwnPlace } from '../snapshot/gateway-ports.ts';
import { startStatusWriter } from './gateway-api/status-writer.ts';
import { describePortFailure } from './port-failures.ts';
import type { KnownPorts } from './port-failures.ts';
import { ProxyProcess } from './proxy-process.ts';
import type { ProxyStatus } from './proxy-process.ts';
import { followResources } from './resource-view.ts';

export interface MeshOptions {
  client: ResourceClient;
  /** On 127.0.0.1 and [::1]. */
  gatewayPort: number;
  /** Likewise, opened when a Gateway serves TLS; 0, the default, lets the system choose. */
  gatewayTlsPort?: number;
  /** On 127.0.0.1, for Prometheus and `hikyaku mesh stats`; absent: nowhere. */
  statsPort?: number;
  /** The Unix socket on which processes that carry their own calls are served snapshots; absent: none. */
  snapshotSocket?: string;
  /** Where the access log is written when the configuration asks for one; absent: nowhere. */
  accessLogFile?: string;
  /** Says who listens on a port, for messages. Absent: nobody knows. */
  holderOf?: (port: number) => string | undefined;
  signal: AbortSignal;
  /** Called with the whole status whenever it changes. */
  onStatus?: (status: MeshStatus) => void;
}

export interface MeshStatus {
  state: 'starting' | 'ready' | 'restarting';
  /** Once the gateway has been reachable. */
  gatewayUrl?: string;
  /** While a Gateway serves TLS. */
  gatewayTlsUrl?: string;
  /** Of other ports that Gateways name. */
  moreGatewayUrls: string[];
  /** Once there are statistics; see `statsPort`. */
  statsUrl?: string;
  /** Of the proxy process, while there is one. */
  pid?: number;
  /** What could not be carried out as written, in human words. */
  warnings: string[];
}

/**
 * Runs until the signal aborts and resolves when the proxy has gone. Rejects with a MeshError when a port cannot be
 * had (`code` is `EADDRINUSE` when it is taken), and with the client's error when the resources cannot be read.
 */
export async function startMesh({ client, signal, onStatus, holderOf, ...where }: MeshOptions): Promise<void> {
  let compileWarnings: string[] = [];
  let statusTrouble: string[] = [];
  /** Asked for besides the gateway's two. */
  let morePorts: [place: number | OwnPlace, isTls: boolean][] = [];
  const proxy = new ProxyProcess({
    ...where,
    onStatus: (status) => {
      const unavailable = unavailablePorts(status, { gatewayTlsPort: where.gatewayTlsPort, holderOf });
      const notServed = [...unavailable].flatMap(([place, why]) => (isAssigned(place) ? [] : [`the gateway: ${why}`]));
      const all = meshStatus(status, [...compileWarnings, ...statusTrouble, ...notServed], urlsOf(morePorts, unavailable));
      if (all.gatewayUrl !== undefined) statuses.gatewayReady(all.gatewayUrl, unavailable);
      onStatus?.(all);
    },
  });
  const publish = publisher((version, snapshot, patch) => {
    compileWarnings = snapshot.warnings;
    morePorts = Object.entries(snapshot.gatewayPorts ?? {}).map(([key, { servers }]) => [placeOfKey(key), servers !== undefined]);
    proxy.apply(version, snapshot, patch);
  });
  const scope = new AbortController();
  const ended = AbortSignal.any([signal, scope.signal]);
  ended.addEventListener('abort', () => proxy.stop(), { once: true });
  if (signal.aborted) proxy.stop();
  const statuses = startStatusWriter({
    client,
    signal: ended,
    onTrouble: (message) => (statusTrouble = message === undefined ? [] : [message]),
  });
  const onChange = (read: () => MeshResources) => {
    publish(read);
    statuses.resourcesChanged(read);
  };
  try {
    await Promise.all([followResources({ client, signal: ended, onChange }), proxy.done]);
  } finally {
    scope.abort();
    await proxy.done.catch(() => undefined);
  }
}

function unavailablePorts(
  { gatewayPort, portFailures, ...status }: ProxyStatus,
  { gatewayTlsPort, holderOf }: Omit<KnownPorts, 'gatewayPort'>,
): Map<GatewayPlace, string> {
  const known = { gatewayPort, gatewayTlsPort: status.gatewayTlsPort ?? gatewayTlsPort, holderOf };
  return new Map(portFailures.map((failure) => [failure.place, describePortFailure(failure, known)]));
}

function urlsOf(
  places: readonly [place: number | OwnPlace, isTls: boolean][],
  unavailable: ReadonlyMap<GatewayPlace, string>,
): string[] {
  const open = places.filter(([place]) => !unavailable.has(place));
  return open.map(([place, isTls]) => {
    const { address = 'localhost', port } = addressOf(place);
    return `${isTls ? 'https' : 'http'}://${address}:${port}`;
  });
}

function meshStatus(
  { state, pid, gatewayPort, gatewayTlsPort, statsPort, warnings }: ProxyStatus,
  otherWarnings: string[],
  moreGatewayUrls: string[],
): MeshStatus {
  return {
    state,
    warnings: [...otherWarnings, ...warnings],
    moreGatewayUrls,
    ...(pid !== undefined && { pid }),
    ...(gatewayPort !== undefined && { gatewayUrl: `http://localhost:${gatewayPort}` }),
    ...(gatewayTlsPort !== undefined && { gatewayTlsUrl: `https://localhost:${gatewayTlsPort}` }),
    ...(statsPort !== undefined && { statsUrl: `http://127.0.0.1:${statsPort}` }),
  };
}

/** Changes come in bursts (a roll touches Pods and slices together): after one was carried out, the next wait at least this long for others. */
const restMs = 2;

type Publish = (version: number, snapshot: Snapshot, patch?: Patch) => void;

/** Compiles as soon as something changed, never more than half of the time, and passes on what differs from the snapshot before. */
function publisher(publish: Publish): (read: () => MeshResources) => void {
  const memory: RouteMemory = new ListMemo();
  let version = 0;
  let latest: Snapshot | undefined;
  let isDue = false;
  let restedAt = 0;
  const next = (read: () => MeshResources) => {
    const startedAt = performance.now();
    isDue = false;
    const compiled = compile(read(), memory);
    const patch = latest && diff(latest, compiled);
    if (latest === undefined || patch !== undefined) publish(++version, compiled, patch);
    latest = compiled;
    const endedAt = performance.now();
    restedAt = endedAt + Math.max(restMs, endedAt - startedAt);
  };
  return (read) => {
    if (isDue) return;
    isDue = true;
    const waitMs = restedAt - performance.now();
    if (waitMs > 0) setTimeout(next, waitMs, read);
    else setImmediate(next, read);
  };
}
