/** All controllers of the control plane, started together on shared caches. */
import type { ResourceClient } from '@hikyaku/resources';
import { deploymentController } from './deployment/controller.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import { eventExpiryController } from './event-expiry.ts';
import { namespaceController } from './namespace.ts';
import { replicaSetController } from './replica-set.ts';
import { Cluster } from './runtime/cluster.ts';
import { runController } from './runtime/controller.ts';
import { statefulSetController } from './stateful-set/controller.ts';

export interface ControllersOptions {
  client: ResourceClient;
  /** Ends all of them; what is being written is finished first. */
  signal: AbortSignal;
}

const controllers = [
  deploymentController,
  replicaSetController,
  statefulSetController,
  endpointSliceController,
  namespaceController,
  eventExpiryController,
];

/** Resolves when all have stopped. Rejects when the resources cannot be read at the start. */
export async function startControllers({ client, signal }: ControllersOptions): Promise<void> {
  const cluster = new Cluster(client, signal);
  const running = controllers.map((create) => create(cluster));
  for (const { kind, watches = [] } of running)
    for (const watched of [kind, ...watches.map((watch) => watch.kind)]) cluster.cache(watched);
  await cluster.synced();
  await Promise.all(running.map((controller) => runController(controller, cluster, signal)));
}
