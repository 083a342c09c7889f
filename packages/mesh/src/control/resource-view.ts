/**
 * The resources the mesh reads, as they are now, kept by list and watch.
 */
import { startInformer } from '@hikyaku/resources';
import type { Informer, Kind, Resource, ResourceClient } from '@hikyaku/resources';
import { share } from '../snapshot/diff.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import { nameOf } from '../snapshot/names.ts';
import { meshView } from './mesh-view.ts';

export interface FollowOptions {
  client: ResourceClient;
  signal: AbortSignal;
  /** Called with a way to read the present resources: first when all have been read once, then after every change. */
  onChange: (read: () => MeshResources) => void;
}

/** Resolves when all have been read once; goes on following until the signal aborts. */
export async function followResources({ client, signal, onChange }: FollowOptions): Promise<void> {
  const informers: { onChange: (callback: () => void) => unknown }[] = [];
  const read = await meshView(async (kind) => {
    const informer = await startSharing(client, kind, signal);
    informers.push(informer);
    return () => informer.list();
  });
  for (const informer of informers) informer.onChange(() => onChange(read));
  onChange(read);
}

/** An informer whose changed objects keep the parts that did not change: what was compiled of these still holds. */
async function startSharing<R extends Resource>(
  client: ResourceClient,
  kind: Kind<R>,
  signal: AbortSignal,
): Promise<Pick<Informer<R>, 'list' | 'onChange'>> {
  const informer = await startInformer(client, kind, signal);
  const objects = new Map(informer.list().map((object) => [nameOf(object), object]));
  informer.onChange((object, type) => {
    const name = nameOf(object);
    const before = objects.get(name);
    if (type === 'DELETED') objects.delete(name);
    else objects.set(name, before === undefined ? object : share(before, object));
  });
  return { list: () => [...objects.values()], onChange: (callback) => informer.onChange(callback) };
}
