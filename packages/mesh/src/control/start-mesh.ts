/**
 * The mesh's control side: follows the resources, compiles them, and keeps the proxy process on the latest snapshot.
 */
import type { ResourceClient } from '@hikyaku/resources';
import { compile } from '../snapshot/compile.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import { diff } from '../snapshot/diff.ts';
import type { Patch } from '../snapshot/diff.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { startStatusWriter } from './gateway-api/status-writer.ts';
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
export async function startMesh({ client, signal, onStatus, ...where }: MeshOptions): Promise<void> {
  let compileWarnings: string[] = [];
  let statusTrouble: string[] = [];
  const proxy = new ProxyProcess({
    ...where,
    onStatus: (status) => {
      const all = meshStatus(status, [...compileWarnings, ...statusTrouble]);
      if (all.gatewayUrl !== undefined) statuses.gatewayReady(all.gatewayUrl);
      onStatus?.(all);
    },
  });
  const publish = publisher((version, snapshot, patch) => {
    compileWarnings = snapshot.warnings;
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

function meshStatus(
  { state, pid, gatewayPort, gatewayTlsPort, statsPort, warnings }: ProxyStatus,
  compileWarnings: string[],
): MeshStatus {
  return {
    state,
    warnings: [...compileWarnings, ...warnings],
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
  let version = 0;
  let latest: Snapshot | undefined;
  let isDue = false;
  let restedAt = 0;
  const next = (read: () => MeshResources) => {
    const startedAt = performance.now();
    isDue = false;
    const compiled = compile(read());
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
