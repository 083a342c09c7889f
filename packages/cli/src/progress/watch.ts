/** Keeps a View up to date from a ResourceClient and says when it changed. */
import { Deployments, Pods, Services, StatefulSets, startInformer } from '@hikyaku/resources';
import type { ResourceClient } from '@hikyaku/resources';
import type { View } from './workload.ts';

/**
 * Calls `onChange` with a fresh View at once and soon after every change (changes in one turn of the event loop count as one), until `signal`
 * aborts. Resolves after the first call.
 */
export async function watchView(client: ResourceClient, signal: AbortSignal, onChange: (view: View) => void): Promise<void> {
  const [deployments, statefulSets, pods, services] = await Promise.all([
    startInformer(client, Deployments, signal),
    startInformer(client, StatefulSets, signal),
    startInformer(client, Pods, signal),
    startInformer(client, Services, signal),
  ]);
  let scheduled: NodeJS.Immediate | undefined;
  const tell = (): void => {
    scheduled = undefined;
    if (signal.aborted) return;
    onChange({ workloads: [...deployments.list(), ...statefulSets.list()], pods: pods.list(), services: services.list() });
  };
  for (const informer of [deployments, statefulSets, pods, services]) informer.onChange(() => (scheduled ??= setImmediate(tell)));
  tell();
}
