/**
 * The inner loop: a changed source file rolls the workloads that run it, and no other, the way `kubectl rollout restart` does. The controllers
 * start the new Pod, wait until it is ready and only then stop the old one, so callers notice nothing; a change that does not start leaves the old one running.
 */
import { once } from 'node:events';
import { basename, relative } from 'node:path';
import { aborted, Deployments, ResourceError, StatefulSets } from '@hikyaku/resources';
import type { Deployment, Kind, ResourceClient, StatefulSet } from '@hikyaku/resources';
import { watch } from 'chokidar';

export interface SourceWatchOptions {
  client: ResourceClient;
  /** Folders and files that are the image; none for images that are not built from sources. */
  sourcesOf: (image: string) => Promise<readonly string[]>;
  signal: AbortSignal;
  /** A workload is being rolled because `file` changed. */
  onRoll: (workload: string, file: string) => void;
  /** Changes cannot be seen, or a workload could not be rolled; watching goes on. */
  onWarning: (message: string) => void;
}

type Workload = Deployment | StatefulSet;

/** Editors write a file in several steps; changes this close together are one. */
const settleMs = 40;
const restartedAt = 'kubectl.kubernetes.io/restartedAt';
const notSource = /(^|\/)(node_modules|coverage|\.[^/]+)(\/|$)|\.test\.[cm]?[jt]sx?$|~$|\.(md|log|tmp|swp)$/;

/** Watches until `signal` aborts; resolves when the watch is in place. Workloads applied later are not noticed until it is called again. */
export async function watchSources(options: SourceWatchOptions): Promise<void> {
  const owners = await workloadsByFolder(options);
  if (owners.size === 0) return;
  const pending = new Map<string, NodeJS.Timeout>();
  const changed = (file: string): void => {
    for (const [folder, workloads] of owners) {
      if (!isInside(file, folder)) continue;
      for (const workload of workloads) {
        const { namespace = '', name } = workload.metadata;
        const key = `${workload.kind}/${namespace}/${name}`;
        clearTimeout(pending.get(key));
        pending.set(
          key,
          setTimeout(() => void roll(options, workload, relative(folder, file) || basename(file)), settleMs),
        );
      }
    }
  };
  const watcher = watch([...owners.keys()], {
    ignoreInitial: true,
    ignored: (file) => [...owners.keys()].some((folder) => isInside(file, folder) && notSource.test(relative(folder, file))),
  });
  watcher.on('all', (_event, file) => changed(file));
  // The system's limit of watched files, for one: it must not end what runs.
  watcher.on('error', (error) => options.onWarning(`not every source is watched: ${describe(error)}`));
  const stopped = aborted(options.signal).then(() => {
    for (const timer of pending.values()) clearTimeout(timer);
    return watcher.close();
  });
  // A watcher that is closed before it was ready never says so.
  await Promise.race([once(watcher, 'ready'), stopped]);
}

async function workloadsByFolder({ client, sourcesOf }: SourceWatchOptions): Promise<Map<string, Workload[]>> {
  const workloads = [...(await client.list(Deployments)).items, ...(await client.list(StatefulSets)).items];
  const owners = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const images = (workload.spec?.template.spec?.containers ?? []).flatMap(({ image }) => image ?? []);
    const folders = new Set((await Promise.all(images.map(sourcesOf))).flat());
    for (const folder of folders) owners.set(folder, [...(owners.get(folder) ?? []), workload]);
  }
  return owners;
}

/** Never throws: a workload that was deleted meanwhile is no reason to end the others. */
async function roll(options: SourceWatchOptions, workload: Workload, file: string): Promise<void> {
  if (options.signal.aborted) return;
  const { name } = workload.metadata;
  options.onRoll(name, file);
  try {
    if (workload.kind === 'StatefulSet') await restart(options.client, StatefulSets, workload);
    else await restart(options.client, Deployments, workload);
  } catch (error) {
    options.onWarning(`${name} could not be rolled: ${describe(error)}`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Marks the Pod template, which makes the controller replace its Pods. A concurrent write is no reason to lose the restart: it is tried again. */
export async function restart<W extends Workload>(client: ResourceClient, kind: Kind<W>, { metadata }: Workload): Promise<void> {
  const current = await client.get(kind, metadata.namespace, metadata.name);
  const template = current?.spec?.template;
  if (current === undefined || template === undefined) return;
  template.metadata = {
    ...template.metadata,
    annotations: { ...template.metadata?.annotations, [restartedAt]: new Date().toISOString() },
  };
  try {
    await client.update(kind, current);
  } catch (error) {
    if (!(error instanceof ResourceError && error.reason === 'Conflict')) throw error;
    await restart(client, kind, current);
  }
}

function isInside(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return path === '' || !path.startsWith('..');
}
