/**
 * The node: every Pod of the store becomes processes on this machine, and what happens to them becomes the Pod's status.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  aborted,
  ConfigMaps,
  createEventRecorder,
  EndpointSlices,
  Pods,
  ResourceError,
  Secrets,
  ServiceEntries,
  Services,
  startInformer,
  type Informer,
  type Pod,
  type PodLogs,
  type ResourceClient,
} from '@hikyaku/resources';
import { createCompileCache } from './compile-cache/compile-cache.ts';
import { createImages, type Images } from './images/images.ts';
import { createPodLogs } from './logs/pod-logs.ts';
import { createAddressPool } from './network/addresses.ts';
import { createEtcHosts } from './network/etc-hosts.ts';
import { createHostsFiles, formatHosts } from './network/hosts.ts';
import type { NodeContext, ZeroHop } from './pod/context.ts';
import { statusBeforeStart } from './pod/status.ts';
import { PodWorker } from './pod/worker.ts';
import { killLeftovers } from './process/leftovers.ts';
import { startWatchdog } from './process/watchdog.ts';

export interface NodeOptions {
  client: ResourceClient;
  /** `.hikyaku`; the caller holds its lock, since whatever still runs from it is killed at the start. */
  stateDir: string;
  /** Where images are looked for, and hikyaku.yaml. */
  workspaceRoot: string;
  /** What Node containers are given to carry their own calls, unless their Pod says no; absent or undefined: nothing. */
  zeroHop?: Promise<ZeroHop | undefined>;
  /** Told of what no Pod's events can say. */
  log?: (message: string) => void;
}

export interface HikyakuNode {
  /**
   * Puts right what an earlier run that was killed has left: kills its processes, and says of its Pods that they are not ready. To be awaited
   * before anybody else believes the store; `start` does it where it has not been done.
   */
  prepare(): Promise<void>;
  /** Resolves after `signal` has aborted and every container has stopped: services first, StatefulSets' Pods last. */
  start(signal: AbortSignal): Promise<void>;
  readonly logs: PodLogs;
  readonly images: Images;
  /** The processes of all containers at this moment: one for each container, its own children not counted. */
  processes(): ContainerProcess[];
}

export interface ContainerProcess {
  namespace: string;
  pod: string;
  container: string;
  pid: number;
}

const NODE_NAME = 'local';
const ROTATE_LOGS_EVERY_MS = 10_000;

export function createNode(options: NodeOptions): HikyakuNode {
  const stateDir = resolve(options.stateDir);
  const logsDirectory = join(stateDir, 'logs');
  const images = createImages(resolve(options.workspaceRoot));
  const workers = new Map<string, PodWorker>();
  let pods: Informer<Pod> | undefined;
  let prepared: Promise<void> | undefined;
  const report = (error: unknown) => options.log?.(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const prepare = () => (prepared ??= prepareState(options.client, stateDir, options.log));

  return {
    prepare,
    images,
    logs: createPodLogs(logsDirectory, (namespace, name) => pods?.get(namespace, name)),
    processes: () => [...workers.values()].flatMap(processesOf),
    async start(signal) {
      await prepare();
      // Watches go on while Pods are being stopped: their end is told through them.
      const lifetime = new AbortController();
      const context = await createContext({ ...options, stateDir }, { images, report, signal: lifetime.signal });
      pods = await startInformer(options.client, Pods, lifetime.signal);
      await removeForgottenPods(stateDir, pods.list());
      const stopFollowing = followPods(pods, workers, context);
      const stopUpkeep = keepUp(context, workers);

      await aborted(signal);
      stopFollowing();
      stopUpkeep();
      await stopInOrder([...workers.values()]);
      lifetime.abort();
      await context.watchdog.close();
    },
  };
}

async function prepareState(client: ResourceClient, stateDir: string, log?: (message: string) => void): Promise<void> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const killed = await killLeftovers(stateDir);
  if (killed > 0) log?.(`killed ${killed} processes that an earlier run had left behind`);
  const { items } = await client.list(Pods);
  for (const pod of items) {
    if (pod.status && pod.spec?.nodeName === NODE_NAME && !isOver(pod))
      await client.updateStatus(Pods, { ...pod, status: statusBeforeStart(pod.status) });
  }
}

interface ContextParts {
  images: Images;
  report: (error: unknown) => void;
  signal: AbortSignal;
}

async function createContext(
  { client, stateDir, workspaceRoot, zeroHop }: NodeOptions,
  { images, report, signal }: ContextParts,
): Promise<NodeContext> {
  const [configMaps, secrets, services, slices, entries] = await Promise.all([
    startInformer(client, ConfigMaps, signal),
    startInformer(client, Secrets, signal),
    startInformer(client, Services, signal),
    startInformer(client, EndpointSlices, signal),
    startInformer(client, ServiceEntries, signal),
  ]);
  const linesFor = (namespace: string) => formatHosts(namespace, services.list(), slices.list(), entries.list());
  const hosts = createHostsFiles(join(stateDir, 'run/hosts'), linesFor);
  const etcHosts = createEtcHosts(linesFor);
  const refreshHosts = () => void Promise.all([hosts.refresh(), etcHosts.refresh()]).catch(report);
  services.onChange(refreshHosts);
  slices.onChange(refreshHosts);
  entries.onChange(refreshHosts);
  return {
    client,
    stateDir,
    workspaceRoot: resolve(workspaceRoot),
    logsDirectory: join(stateDir, 'logs'),
    configMaps,
    secrets,
    services,
    images,
    compileCache: createCompileCache(stateDir),
    hosts,
    etcHosts,
    zeroHop: await zeroHop,
    addresses: createAddressPool(stateDir),
    watchdog: startWatchdog(),
    recordEvent: createEventRecorder(client, 'hikyaku-node'),
    report,
  };
}

/** A worker for every Pod that is this node's; the function ends it. */
function followPods(pods: Informer<Pod>, workers: Map<string, PodWorker>, context: NodeContext): () => void {
  function onPod(pod: Pod, type: 'ADDED' | 'MODIFIED' | 'DELETED'): void {
    const uid = pod.metadata.uid ?? '';
    const worker = workers.get(uid);
    if (type === 'DELETED') {
      worker?.remove();
      void worker?.ended().then(() => workers.delete(uid));
      return;
    }
    if (worker) {
      worker.update(pod);
      return;
    }
    if (pod.spec?.nodeName === undefined) void bind(pod, context.client).catch(context.report);
    else if (pod.spec.nodeName === NODE_NAME && !isOver(pod)) begin(pod, uid);
  }

  function begin(pod: Pod, uid: string): void {
    const worker = new PodWorker(pod, context);
    workers.set(uid, worker);
    if (pod.metadata.deletionTimestamp === undefined) worker.start();
    else worker.update(pod);
  }

  for (const pod of pods.list()) onPod(pod, 'ADDED');
  return pods.onChange(onPod);
}

/** What the scheduler of a cluster does; with one node there is little to decide. */
async function bind(pod: Pod, client: ResourceClient): Promise<void> {
  if (!pod.spec) return;
  try {
    await client.update(Pods, { ...pod, spec: { ...pod.spec, nodeName: NODE_NAME } });
  } catch (error) {
    // Changed or gone meanwhile: the event that says so comes here again.
    if (!(error instanceof ResourceError)) throw error;
  }
}

function isOver({ status, metadata }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && (status?.phase === 'Succeeded' || status?.phase === 'Failed');
}

/** Configuration files that follow their ConfigMaps, and logs that do not grow for ever. */
function keepUp(context: NodeContext, workers: ReadonlyMap<string, PodWorker>): () => void {
  const refresh = () => void Promise.all([...workers.values()].map((worker) => worker.refreshVolumes()));
  const stops = [context.configMaps.onChange(refresh), context.secrets.onChange(refresh)];
  const rotation = setInterval(
    () => void Promise.all([...workers.values()].map((worker) => worker.rotateLogs())).catch(context.report),
    ROTATE_LOGS_EVERY_MS,
  );
  return () => {
    clearInterval(rotation);
    for (const stop of stops) stop();
  };
}

/** Services finish what they are doing while their databases are still there. */
async function stopInOrder(workers: PodWorker[]): Promise<void> {
  const isBacking = ({ pod }: PodWorker) => pod.metadata.ownerReferences?.some(({ kind }) => kind === 'StatefulSet') ?? false;
  await Promise.all(workers.filter((worker) => !isBacking(worker)).map((worker) => worker.stop()));
  await Promise.all(workers.filter(isBacking).map((worker) => worker.stop()));
}

/** Directories of Pods that were deleted while nobody was looking. */
async function removeForgottenPods(stateDir: string, pods: readonly Pod[]): Promise<void> {
  const directory = join(stateDir, 'pods');
  const uids = new Set(pods.map(({ metadata }) => metadata.uid));
  const entries = await readdir(directory).catch(() => []);
  for (const entry of entries) if (!uids.has(entry)) await rm(join(directory, entry), { recursive: true, force: true });
}

function processesOf(worker: PodWorker): ContainerProcess[] {
  const { namespace = 'default', name } = worker.pod.metadata;
  return worker.processes.map(({ container, pid }) => ({ namespace, pod: name, container, pid }));
}
