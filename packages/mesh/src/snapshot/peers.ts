/**
 * Who stands behind an address: the workload of a Pod, as telemetry names it. Istio's rules: the Deployment of a ReplicaSet, else the
 * controller, else the Pod itself; app and version from the labels that Istio reads, in its order.
 */
import type { Pod } from '@hikyaku/resources';
import type { Peer } from './snapshot.ts';

/** By Pod address, of the Pods that have one. */
export function compilePeers(pods: readonly Pod[]): Record<string, Peer> {
  const peers: Record<string, Peer> = {};
  for (const pod of pods) {
    const { podIP, phase } = pod.status ?? {};
    if (podIP !== undefined && podIP !== '' && phase !== 'Succeeded' && phase !== 'Failed') peers[podIP] = knownPeerOf(pod);
  }
  return peers;
}

/** A changed Pod is a new object: what is the same object has the same peer. */
const known = new WeakMap<Pod, Peer>();

function knownPeerOf(pod: Pod): Peer {
  const peer = known.get(pod) ?? peerOf(pod);
  known.set(pod, peer);
  return peer;
}

function peerOf({ metadata }: Pod): Peer {
  const labels = metadata.labels ?? {};
  const workload = workloadOf(metadata);
  const app = labels.app ?? labels['app.kubernetes.io/name'];
  const version = labels.version ?? labels['app.kubernetes.io/version'];
  return {
    workload,
    namespace: metadata.namespace ?? 'default',
    app: app ?? 'unknown',
    version: version ?? 'unknown',
    canonicalService: labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels.app ?? workload,
    canonicalRevision:
      labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels.version ?? 'latest',
  };
}

function workloadOf({ name, labels, ownerReferences }: Pod['metadata']): string {
  const controller = ownerReferences?.find((owner) => owner.controller === true);
  if (controller === undefined) return name;
  const hash = labels?.['pod-template-hash'];
  const suffix = `-${hash ?? ''}`;
  const isOfDeployment = controller.kind === 'ReplicaSet' && hash !== undefined && controller.name.endsWith(suffix);
  return isOfDeployment ? controller.name.slice(0, -suffix.length) : controller.name;
}
