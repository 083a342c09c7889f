/**
 * Taking in what a workload's selector matches and nobody controls: what `kubectl delete --cascade=orphan` has left behind is not started a
 * second time but gets its new owner.
 */
import { matchesSelector, type Kind, type Resource } from '@hikyaku/resources';
import { controllerReference } from './pods.ts';
import type { Cluster } from './runtime/cluster.ts';

/** A workload, as far as its selector is concerned. */
type Selecting = Resource<{ selector?: Parameters<typeof matchesSelector>[0] }>;

/** Makes `owner` the controller of all objects of this kind in its namespace that match and have none. */
export async function adoptOrphans<R extends Resource>(cluster: Cluster, kind: Kind<R>, owner: Selecting): Promise<void> {
  const orphans = cluster
    .cache(kind)
    .list(owner.metadata.namespace)
    .filter((object) => isOrphan(object) && matchesSelector(owner.spec?.selector, object.metadata.labels));
  for (const orphan of orphans) {
    const ownerReferences = [...(orphan.metadata.ownerReferences ?? []), controllerReference(owner)];
    await cluster.update(kind, { ...orphan, metadata: { ...orphan.metadata, ownerReferences } });
  }
}

function isOrphan({ metadata }: Resource): boolean {
  const isControlled = metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  return !isControlled && metadata.deletionTimestamp === undefined;
}
