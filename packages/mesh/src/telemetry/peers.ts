/**
 * Addresses to workloads. A workload is the same object for as long as the proxy runs, so that what is counted for it can be found by
 * identity and goes on across snapshots, whichever of its Pods is asked for.
 */
import type { Peer } from '../snapshot/snapshot.ts';

function peerCalled(name: string, namespace = 'unknown'): Peer {
  return { workload: name, namespace, app: name, version: 'unknown', canonicalService: name, canonicalRevision: 'latest' };
}

/** Not a Pod of this system, or no endpoint was reached. */
export const unknownPeer: Peer = { ...peerCalled('unknown'), canonicalRevision: 'unknown' };

/** Istio's own name for the gateway, which dashboards ask for. */
export const gatewayPeer: Peer = peerCalled('istio-ingressgateway', 'istio-system');

export class Peers {
  readonly #known = new Map<string, Peer>();
  #byAddress = new Map<string, Peer>();

  update(peers: Readonly<Record<string, Peer>> = {}): void {
    this.#byAddress = new Map(Object.entries(peers).map(([address, peer]) => [address, this.same(peer)]));
  }

  at(address: string): Peer {
    return this.#byAddress.get(address) ?? unknownPeer;
  }

  /** The one object that stands for a workload. */
  same(peer: Peer): Peer {
    const { workload, namespace, app, version, canonicalService, canonicalRevision } = peer;
    const key = [workload, namespace, app, version, canonicalService, canonicalRevision].join('\n');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, peer);
    return peer;
  }
}
