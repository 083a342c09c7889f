/** Namespace: one that is being deleted is emptied, and let go when nothing is left in it. */
import { Namespaces, allKinds, type Kind, type Namespace, type Resource } from '@hikyaku/resources';
import type { Cluster } from './runtime/cluster.ts';
import type { Controller } from './runtime/controller.ts';

const namespacedKinds: readonly Kind[] = allKinds.filter(({ namespaced }) => namespaced);

export function namespaceController(cluster: Cluster): Controller {
  return {
    name: 'namespace',
    kind: Namespaces,
    watches: namespacedKinds.map((kind) => ({ kind, keysFor: (object) => terminatingNamespace(cluster, object) })),
    reconcile: async (key) => {
      const namespace = cluster.cache(Namespaces).get(key);
      if (namespace?.metadata.deletionTimestamp !== undefined) await empty(cluster, namespace);
      return undefined;
    },
  };
}

function terminatingNamespace(cluster: Cluster, { metadata }: Resource): string[] {
  const namespace = cluster.cache(Namespaces).get(metadata.namespace ?? '');
  return namespace?.metadata.deletionTimestamp === undefined ? [] : [namespace.metadata.name];
}

async function empty(cluster: Cluster, namespace: Namespace): Promise<void> {
  const contents = namespacedKinds.flatMap((kind) =>
    cluster
      .cache(kind)
      .list(namespace.metadata.name)
      .map((object) => ({ kind, object })),
  );
  for (const { kind, object } of contents)
    if (object.metadata.deletionTimestamp === undefined) await cluster.delete(kind, object);
  if (contents.length === 0) await cluster.update(Namespaces, { ...namespace, spec: { ...namespace.spec, finalizers: [] } });
}
