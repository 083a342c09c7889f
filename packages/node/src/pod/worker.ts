/**
 * One Pod from its address to its end: volumes, init containers in order, containers together, status all along; and when it is
 * deleted, a stop that loses no request.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Pods, ResourceError, type Pod } from '@hikyaku/resources';
import { Container, type RestartPolicy } from '../container/container.ts';
import { removeLogs } from '../logs/pod-logs.ts';
import { sleep, timestamp } from '../timing.ts';
import { prepareVolumes } from '../volumes/volumes.ts';
import { createConfiguration } from './configuration.ts';
import type { NodeContext, PodContext } from './context.ts';
import { podStatus } from './status.ts';
import type { ContainerSpec, ContainerStatus } from './types.ts';

/** Between a Pod's deletion and the first signal: the proxies hear of it and send nobody here any more. */
const DRAIN_MS = 100;

export class PodWorker {
  readonly #context: PodContext;
  readonly #startTime: string;
  readonly #initContainers: Container[];
  readonly #containers: Container[];
  readonly #stopping = new AbortController();
  #isInitialized = false;
  #isWriting = false;
  #needsWriting = false;
  #running: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor(pod: Pod, node: NodeContext) {
    const { uid = pod.metadata.name, namespace = 'default' } = pod.metadata;
    this.#context = {
      node,
      pod,
      namespace,
      podIp: node.addresses.allocate(uid, pod.status?.podIP),
      directory: join(node.stateDir, 'pods', uid),
      configuration: createConfiguration(namespace, node.configMaps, node.secrets),
    };
    this.#startTime = pod.status?.startTime ?? timestamp(new Date());
    const policy = pod.spec?.restartPolicy ?? 'Always';
    const initPolicy = policy === 'Never' ? 'Never' : 'OnFailure';
    this.#initContainers = (pod.spec?.initContainers ?? []).map((spec) =>
      this.#create(spec, initPolicy, pod.status?.initContainerStatuses),
    );
    this.#containers = (pod.spec?.containers ?? []).map((spec) => this.#create(spec, policy, pod.status?.containerStatuses));
  }

  get pod(): Pod {
    return this.#context.pod;
  }

  /** The processes of its containers. */
  get processes(): { container: string; pid: number }[] {
    return [...this.#initContainers, ...this.#containers].flatMap(({ name, pid }) =>
      pid === undefined ? [] : [{ container: name, pid }],
    );
  }

  start(): void {
    this.#writeStatus();
    this.#running = this.#run().catch(this.#context.node.report);
  }

  /** Takes over a newer version of the object; a deletion ends the Pod. */
  update(pod: Pod): void {
    this.#context.pod = pod;
    if (pod.metadata.deletionTimestamp === undefined) return;
    const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
    this.#ending ??= this.#end(graceSeconds * 1000).catch(this.#context.node.report);
  }

  /** The object is gone without a goodbye (a forced deletion). */
  remove(): void {
    this.#ending ??= this.#end(0).catch(this.#context.node.report);
  }

  /** Stops the containers and leaves the object: it runs again when hikyaku does. */
  async stop(): Promise<void> {
    await (this.#ending ?? this.#stopContainers((this.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000));
  }

  /** Resolves when the Pod's end, if it has begun, is through. */
  async ended(): Promise<void> {
    await this.#ending;
  }

  /** ConfigMaps or Secrets have changed: the files made of them follow. */
  async refreshVolumes(): Promise<void> {
    // What is missing now was there when the containers started; they keep the files they have.
    if (!this.#stopping.signal.aborted) await prepareVolumes(this.#context).catch(() => undefined);
  }

  async rotateLogs(): Promise<void> {
    for (const container of this.#containers) await container.rotateLog();
  }

  #create(spec: ContainerSpec, restartPolicy: RestartPolicy, previous: readonly ContainerStatus[] | undefined): Container {
    return new Container({
      spec,
      restartPolicy,
      pod: this.#context,
      previous: previous?.find(({ name }) => name === spec.name),
      onChange: () => this.#writeStatus(),
    });
  }

  async #run(): Promise<void> {
    for (const container of this.#initContainers) {
      const exit = await container.run();
      if (exit?.code !== 0) return;
    }
    if (this.#stopping.signal.aborted) return;
    this.#isInitialized = true;
    this.#writeStatus();
    await Promise.all(this.#containers.map((container) => container.run()));
  }

  async #end(graceMs: number): Promise<void> {
    const { node, namespace, directory, pod } = this.#context;
    const { name, uid = name } = pod.metadata;
    if (graceMs > 0) await sleep(DRAIN_MS);
    await this.#stopContainers(graceMs);
    // Before the object goes: a StatefulSet's next Pod of the same name must not lose its log to this one's end.
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    await removeLogs(node.logsDirectory, namespace, name);
    await node.client.delete(Pods, namespace, name, { gracePeriodSeconds: 0, uid }).catch(ignoreGone);
    node.addresses.release(uid);
  }

  async #stopContainers(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#initContainers, ...this.#containers].map((container) => container.stop(graceMs)));
    await this.#running;
  }

  /** One write at a time; changes meanwhile become one more. The node alone writes a Pod's status, so the newest always wins. */
  #writeStatus(): void {
    this.#needsWriting = true;
    if (!this.#isWriting) void this.#writeUntilCurrent().catch(this.#context.node.report);
  }

  async #writeUntilCurrent(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#needsWriting && !this.#stopping.signal.aborted) {
        this.#needsWriting = false;
        await this.#writeOnce();
      }
    } finally {
      this.#isWriting = false;
    }
  }

  async #writeOnce(): Promise<void> {
    const { node, pod, podIp } = this.#context;
    const metadata = { ...pod.metadata };
    delete metadata.resourceVersion;
    const status = podStatus({
      spec: pod.spec ?? { containers: [] },
      previous: pod.status,
      podIp,
      startTime: this.#startTime,
      isInitialized: this.#isInitialized,
      initContainers: this.#initContainers,
      containers: this.#containers,
    });
    try {
      const written = await node.client.updateStatus(Pods, { ...pod, metadata, status });
      this.#context.pod = { ...this.#context.pod, ...(written.status && { status: written.status }) };
    } catch (error) {
      ignoreGone(error);
    }
  }
}

function ignoreGone(error: unknown): void {
  const isGone = error instanceof ResourceError && (error.reason === 'NotFound' || error.reason === 'Conflict');
  if (!isGone) throw error;
}
