/** Store, controllers and a make-believe node, for tests of controllers: Pods "run" as soon as they are created. */
import { Pods, type Pod, type Resource } from '@hikyaku/resources';
import { startControllers } from '../controllers/controllers.ts';
import { timestamp } from '../store/new-object.ts';
import { openStore, type Store } from '../store/store.ts';

export interface TestSystem {
  store: Store;
  /** Whether Pods of this image become ready; change it and call `probe`. */
  healthy: (pod: Pod) => boolean;
  /** Looks at all Pods again, as the node's probes would. */
  probe(): Promise<void>;
  /** Pods of this label `app`, in order of their names. */
  pods(app: string): Promise<Pod[]>;
  close(): Promise<void>;
}

export function startTestSystem(): TestSystem {
  const store = openStore({ file: ':memory:' });
  const stop = new AbortController();
  const controllers = startControllers({ client: store, signal: stop.signal });
  const system: TestSystem = {
    store,
    healthy: () => true,
    async probe() {
      for (const pod of (await store.list(Pods)).items) await attend(system, pod);
    },
    async pods(app) {
      return (await store.list(Pods, { labelSelector: { matchLabels: { app } } })).items;
    },
    async close() {
      stop.abort();
      await controllers;
      store.close();
    },
  };
  store.watch(Pods, { signal: stop.signal }, ({ type, object }) => {
    if (type !== 'DELETED') void attend(system, object).catch(ignoreGone);
  });
  return system;
}

let lastAddress = 0;

/** One step of a Pod's life: end it, take it, or report how it is. */
async function attend({ store, healthy }: TestSystem, seen: Pod): Promise<void> {
  const pod = await store.get(Pods, seen.metadata.namespace, seen.metadata.name);
  if (pod?.spec === undefined || pod.status?.phase === 'Failed') return;
  if (pod.metadata.deletionTimestamp !== undefined)
    await store.delete(Pods, pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0 });
  else if (pod.spec.nodeName === undefined) await store.update(Pods, { ...pod, spec: { ...pod.spec, nodeName: 'local' } });
  else await store.updateStatus(Pods, { ...pod, status: statusOf(pod, healthy(pod)) });
}

function statusOf(pod: Pod, isHealthy: boolean): NonNullable<Pod['status']> {
  const status = isHealthy ? 'True' : 'False';
  const before = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const lastTransitionTime =
    before?.status === status && before.lastTransitionTime !== undefined ? before.lastTransitionTime : timestamp(new Date());
  return {
    phase: 'Running',
    podIP: pod.status?.podIP ?? `127.16.0.${++lastAddress}`,
    conditions: [{ type: 'Ready', status, lastTransitionTime }],
  };
}

function ignoreGone(error: unknown): void {
  const isExpected = error instanceof Error && 'reason' in error && ['NotFound', 'Conflict'].includes(String(error.reason));
  const isClosed = error instanceof Error && error.message.includes('database is not open');
  if (!isExpected && !isClosed) throw error;
}

export const imageOf = (pod: Pod | undefined) => pod?.spec?.containers[0]?.image;

/** A workload's template with one container of this image, labelled `app`. */
export function templateOf(app: string, image: string) {
  return {
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
  };
}

export const names = (objects: Resource[]) => objects.map(({ metadata }) => metadata.name);
