/**
 * What becomes of a request: what `decide.ts` comes to, and what is prepared of it when a rule comes into force.
 */
import type { HeaderChanges, RoutePolicies } from '../snapshot/route-policies.ts';
import type { RetryPolicy } from '../snapshot/snapshot.ts';

export type Decision =
  | ForwardDecision
  | ({ kind: 'redirect'; status: number; location: string } & DecidedPolicies)
  | ({ kind: 'respond'; status: number; body?: string; base64?: string } & DecidedPolicies)
  | RefuseDecision;

/** Nothing serves this request; `detail` says why, for the person who sent it. */
export interface RefuseDecision {
  kind: 'refuse';
  status: 404 | 421 | 500;
  detail: string;
}

/** What happens besides, whatever the request comes to. */
export interface DecidedPolicies {
  /** What the route asks for besides: the snapshot's own object, the same for every request. Absent: nothing. */
  policies?: RoutePolicies;
  /** In the order in which they are carried out; also on what the proxy answers in place of the upstream. */
  responseHeaders?: readonly HeaderChanges[];
}

export interface ForwardDecision extends DecidedPolicies {
  kind: 'forward';
  /** Where the rule was written. */
  route: string;
  /** Key of the cluster; the snapshot may hold none by that key. */
  cluster: string;
  /** Path and query to ask the upstream for. */
  target: string;
  /** Replaces the Host header when given. */
  authority?: string;
  timeoutMs?: number;
  retry: RetryPolicy;
  /** In the order in which they are carried out. */
  requestHeaders?: readonly HeaderChanges[];
}
