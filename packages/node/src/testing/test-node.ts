/**
 * A node on a throw-away state directory and workspace, for tests with real processes.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findCondition, Pods, type Pod, type ResourceClient } from '@hikyaku/resources';
import { createNode, type HikyakuNode } from '../node.ts';
import type { PodSpec } from '../pod/types.ts';
import { createFakeClient } from './fake-client.ts';

export interface TestNode {
  client: ResourceClient;
  node: HikyakuNode;
  workspace: string;
  stateDir: string;
  /** Runs an inline ES module as the Pod's container `main`, with more of the Pod's spec where given. */
  run(
    name: string,
    script: string,
    more?: Partial<PodSpec> & { container?: Partial<PodSpec['containers'][number]> },
  ): Promise<Pod>;
  create(name: string, spec: PodSpec): Promise<Pod>;
  write(path: string, text: string): Promise<void>;
  /** The Pod as soon as `matches`; fails with its last status after ten seconds. */
  waitFor(name: string, matches: (pod: Pod) => boolean): Promise<Pod>;
  waitUntilReady(name: string): Promise<Pod>;
  waitUntilGone(name: string): Promise<void>;
  /** Stops the node like the end of `hikyaku up`, and starts another on the same state. */
  restart(): Promise<void>;
  /** Stops the node and leaves everything else. */
  stopNode(): Promise<void>;
  stop(): Promise<void>;
}

const NAMESPACE = 'test';
const WAIT_MS = 15_000;

export async function startTestNode(): Promise<TestNode> {
  const workspace = await mkdtemp(join(tmpdir(), 'hikyaku-node-'));
  const stateDir = join(workspace, '.hikyaku');
  const client = createFakeClient();
  let stopping = new AbortController();
  const start = () => {
    const node = createNode({ client, stateDir, workspaceRoot: workspace });
    return { node, ended: node.start(stopping.signal) };
  };
  let current = start();

  const write = async (path: string, text: string) => {
    const file = join(workspace, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  const create = (name: string, spec: PodSpec) =>
    client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE, labels: { app: name } }, spec });
  const waitFor = (name: string, matches: (pod: Pod) => boolean) =>
    waitForPod(client, name, (pod) => pod !== undefined && matches(pod));

  return {
    client,
    workspace,
    stateDir,
    write,
    create,
    get node() {
      return current.node;
    },
    async run(name, script, { container = {}, ...spec } = {}) {
      await write(`images/${name}/package.json`, JSON.stringify({ name, type: 'module', scripts: { start: 'node main.js' } }));
      await write(`images/${name}/main.js`, script);
      return create(name, {
        terminationGracePeriodSeconds: 2,
        ...spec,
        containers: [{ name: 'main', image: `test/${name}:1`, ...container }],
      });
    },
    waitFor: async (name, matches) => (await waitFor(name, matches)) ?? unreachable(),
    waitUntilReady: async (name) => (await waitFor(name, isReady)) ?? unreachable(),
    async waitUntilGone(name) {
      await waitForPod(client, name, (pod) => pod === undefined);
    },
    async restart() {
      stopping.abort();
      await current.ended;
      stopping = new AbortController();
      current = start();
    },
    async stopNode() {
      stopping.abort();
      await current.ended;
    },
    async stop() {
      stopping.abort();
      await current.ended;
      await rm(workspace, { recursive: true, force: true });
    },
  };
}

export function isReady(pod: Pod): boolean {
  return findCondition(pod.status?.conditions, 'Ready')?.status === 'True';
}

/** Reacts to changes instead of polling; the deadline is for tests that fail. */
function waitForPod(client: ResourceClient, name: string, matches: (pod: Pod | undefined) => boolean): Promise<Pod | undefined> {
  const done = new AbortController();
  return new Promise<Pod | undefined>((resolve, reject) => {
    let last: Pod | undefined;
    const timer = setTimeout(
      () => reject(new Error(`Pod ${name} did not get there; last: ${JSON.stringify(last?.status, null, 2)}`)),
      WAIT_MS,
    );
    const look = (pod: Pod | undefined) => {
      last = pod;
      if (!matches(pod)) return;
      clearTimeout(timer);
      resolve(pod);
    };
    client.watch(Pods, { signal: done.signal }, ({ type, object }) => {
      if (object.metadata.name === name) look(type === 'DELETED' ? undefined : object);
    });
    void client.get(Pods, NAMESPACE, name).then(look);
  }).finally(() => done.abort());
}

function unreachable(): never {
  throw new Error('a Pod that matches exists');
}
