/**
 * "Ready" is a promise to whoever reads it: the next request works. Pods being ready is not enough for that, the proxy must have heard of it too. It listens
 * on a Service's address only while the Service has ready endpoints, so a connection that is accepted there is the proof.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { matchesSelector } from '@hikyaku/resources';
import type { Service } from '@hikyaku/resources';
import { isReady } from './progress/workload.ts';
import type { View } from './progress/workload.ts';

const retryMs = 10;
/** A Service port that cannot be had at all (below 1024 without the permission) is warned about elsewhere and holds nobody up for longer. */
const patienceMs = 3000;

/** Resolves when every Service with a ready Pod accepts connections, or after a while. Never rejects. */
export async function servicesReachable({ services, pods }: View, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  await Promise.all(services.filter((service) => hasReadyPod(service, pods)).map((service) => reachable(service, patience)));
}

function hasReadyPod({ spec, metadata }: Service, pods: View['pods']): boolean {
  if (spec?.selector === undefined || spec.clusterIP === undefined || spec.clusterIP === 'None') return false;
  const selector = { matchLabels: spec.selector };
  return pods.some(
    (pod) => pod.metadata.namespace === metadata.namespace && isReady(pod) && matchesSelector(selector, pod.metadata.labels),
  );
}

async function reachable({ spec }: Service, signal: AbortSignal): Promise<void> {
  for (const { port, protocol = 'TCP' } of spec?.ports ?? []) {
    while (protocol === 'TCP' && !signal.aborted && !(await accepts(spec?.clusterIP ?? '', port))) await delay(retryMs);
  }
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
