/**
 * Puts the system together in one process: store, API, controllers, node and mesh, in the order they depend on each other. Everything meets in the store; this is
 * the only file that knows all of them.
 */
import { join } from 'node:path';
import { createApiServer, openCredentials, openStore, startControllers } from '@hikyaku/control';
import type { Store } from '@hikyaku/control';
import { prepareZeroHop, startMesh } from '@hikyaku/mesh';
import type { MeshOptions, MeshStatus, ZeroHop } from '@hikyaku/mesh';
import { createNode } from '@hikyaku/node';
import type { HikyakuNode } from '@hikyaku/node';
import { aborted } from '@hikyaku/resources';
import { Failure } from './failure.ts';
import { version } from './version.ts';
import { accessLogFile } from './mesh-logs.ts';
import { rememberStatsUrl } from './mesh-stats.ts';
import { portHolder } from './processes.ts';
import type { Workspace } from './workspace.ts';

export interface SupervisorOptions {
  workspace: Workspace;
  gatewayPort: number;
  gatewayTlsPort: number;
  apiPort: number;
  statsPort: number;
  /** Nobody waits for the start any longer; what there is has to be closed all the same. */
  signal: AbortSignal;
  /** Trouble that is no error of a single workload (a Service port that cannot be listened on, …). */
  onWarning: (message: string) => void;
}

export interface Supervisor {
  client: Store;
  node: HikyakuNode;
  /** Where the proxy's statistics are. */
  statsUrl: string;
  /** Where the gateway serves besides its port: TLS, while it does, and the other ports that Gateways name. */
  moreGatewayUrls: () => string[];
  /** Ends everything: services drain, then backing services stop, then the API and the store close. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts the control plane and the node; resolves when the API, the gateway and the node are up. When one of them cannot start, what had been
 * started is stopped again and the error is thrown.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { workspace } = options;
  const store = openStore({ file: join(workspace.stateDir, 'store.db') });
  const stop = new AbortController();
  const nodeStop = new AbortController();
  const zeroHop = tryZeroHop(workspace.stateDir, options.onWarning);
  const node = createNode({
    client: store,
    stateDir: workspace.stateDir,
    workspaceRoot: workspace.root,
    zeroHop,
    log: options.onWarning,
  });
  const running: Promise<unknown>[] = [];
  let nodeDone: Promise<unknown> = Promise.resolve();

  const close = async (): Promise<void> => {
    // The node goes first: draining services still need the mesh, the controllers and each other.
    nodeStop.abort();
    await nodeDone;
    stop.abort();
    await Promise.allSettled(running);
    store.close();
  };

  try {
    // Before anything is routed or shown: what an earlier run has left says nothing about this one.
    await node.prepare();
    const credentials = await openCredentials(workspace.stateDir, { apiPort: options.apiPort });
    const api = createApiServer({ store, port: options.apiPort, credentials, podLogs: node.logs, version });
    running.push(api.start(stop.signal));
    const { gatewayPort, gatewayTlsPort, statsPort } = options;
    const snapshotSocket = (await zeroHop)?.socketPath;
    const mesh = startMeshAndWait(
      {
        client: store,
        gatewayPort,
        gatewayTlsPort,
        statsPort,
        holderOf: portHolder,
        accessLogFile: accessLogFile(workspace),
        ...(snapshotSocket !== undefined && { snapshotSocket }),
        signal: stop.signal,
      },
      options.onWarning,
    );
    running.push(mesh.done);
    const isUp = Promise.all([mesh.ready, api.ready]);
    const [statsUrl] = await Promise.race([isUp, aborted(options.signal).then(() => [''])]);
    await rememberStatsUrl(workspace, statsUrl);
    running.push(startControllers({ client: store, signal: stop.signal }));
    nodeDone = node.start(nodeStop.signal);
    return { client: store, node, statsUrl, moreGatewayUrls: mesh.moreGatewayUrls, close };
  } catch (error) {
    await close();
    throw isTakenPort(error) ? new Failure(`a port was taken while hikyaku started: ${error.message}`, { cause: error }) : error;
  }
}

/** Without it the system works all the same, so nothing stops for it. */
async function tryZeroHop(stateDir: string, onWarning: (message: string) => void): Promise<ZeroHop | undefined> {
  try {
    return await prepareZeroHop(stateDir);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onWarning(`Node services cannot call each other directly, so their calls go through the proxy: ${reason}`);
    return undefined;
  }
}

/** Ports are checked before the start, but somebody may be faster in between. */
function isTakenPort(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** The mesh with a promise for the address of its statistics, kept once its gateway is reachable; each warning is told once. */
function startMeshAndWait(
  options: MeshOptions,
  onWarning: (message: string) => void,
): { ready: Promise<string>; done: Promise<void>; moreGatewayUrls: () => string[] } {
  const told = new Set<string>();
  const { promise: isReady, resolve } = Promise.withResolvers<string>();
  let urls: string[] = [];
  const onStatus = ({ state, statsUrl = '', gatewayTlsUrl, moreGatewayUrls, warnings }: MeshStatus): void => {
    urls = [...(gatewayTlsUrl === undefined ? [] : [gatewayTlsUrl]), ...moreGatewayUrls];
    if (state === 'ready') resolve(statsUrl);
    for (const warning of warnings.filter((each) => !told.has(each))) {
      told.add(warning);
      onWarning(warning);
    }
  };
  const done = startMesh({ ...options, onStatus });
  // When it ends before it was ready, that is its answer.
  return { done, ready: Promise.race([isReady, done.then(() => '')]), moreGatewayUrls: () => urls };
}
