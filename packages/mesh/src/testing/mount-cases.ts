/**
 * What the groups of the conformance suite of both mounts are given to write their cases with.
 */
import type { RequestListener } from 'node:http';
import type { ClusterPolicies } from '../snapshot/cluster-policies.ts';
import type { Cluster, Endpoint } from '../snapshot/snapshot.ts';
import type { Backend } from './backend.ts';
import type { CallOptions, CallResult } from './mount-messages.ts';
import type { MountUnderTest } from './mounts.ts';

export interface MountCases {
  by: 'fetch' | 'undici';
  /** Started before the first case. */
  mount: () => MountUnderTest;
  /** An endpoint that ends with the case. */
  backend: (listener: RequestListener) => Promise<Backend>;
  saying: (text: string) => Promise<Backend>;
  /** To the Service `web`. */
  call: (path: string, more?: Partial<CallOptions>) => Promise<CallResult>;
}

/** The Service `web` with policies of its own. */
export function webWith(endpoints: readonly Endpoint[], policies: ClusterPolicies): Cluster {
  return { service: 'web.default', endpoints: endpoints.map(({ address, port }) => ({ address, port })), ...policies };
}
