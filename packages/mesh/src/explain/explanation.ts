/**
 * The answer to "where would this request go, and why": plain JSON, so that it can be printed, sent and compared.
 */
import type { HeaderOperations, RoutePolicies } from '../snapshot/route-policies.ts';
import type { RetryPolicy } from '../snapshot/snapshot.ts';

export interface Explanation {
  /** How the request was understood: `GET http://localhost/api/users`. */
  request: string;
  /** Whether it would be answered as the rules intend. False as soon as a share of such requests would be refused. */
  isRouted: boolean;
  /** Whose rules were asked, in words. */
  place: string;
  /** The rules that did not match, in the order they were asked. */
  passedOver: PassedOverRule[];
  matched?: MatchedRule;
  /** How many rules come after the one that matched. */
  notAsked: number;
  /** What the request has to pass besides, in the order in which it meets it, in words: tokens, policies, rate limits. */
  checks: string[];
  outcome: Outcome;
  /** What the mesh could not carry out as written, anywhere: a rule that is missing here may be named here. */
  warnings: string[];
}

export interface PassedOverRule {
  /** `VirtualService default/shop, rule 2 (orders)`. */
  rule: string;
  /** For each alternative of the rule, the conditions that failed. */
  reasons: string[];
}

export interface MatchedRule {
  rule: string;
  /** The conditions that held; empty when the rule matches everything. */
  because: string[];
}

export type Outcome =
  | ForwardOutcome
  | { kind: 'redirect'; status: number; location: string; policies?: RoutePolicies }
  | { kind: 'respond'; status: number; body?: string; base64?: string; policies?: RoutePolicies }
  /** The proxy answers with an error. */
  | { kind: 'refuse'; status: number; detail: string }
  /** Carried as bytes, because the port is not known to speak HTTP: no rule for requests is asked. `rule` is the one for connections that matched. */
  | { kind: 'connect'; rule?: string; destinations: ExplainedDestination[] }
  /** The caller gets no connection through the mesh. */
  | { kind: 'unreachable'; detail: string };

export interface ForwardOutcome {
  kind: 'forward';
  /** Path and query as the upstream sees them. */
  target: string;
  /** Replaces the Host header when given. */
  authority?: string;
  timeoutMs?: number;
  retry: RetryPolicy;
  /** What the rule asks for besides, and what it changes in the header whatever the destination. */
  policies?: RoutePolicies;
  headers?: HeaderOperations;
  destinations: ExplainedDestination[];
}

export interface ExplainedDestination {
  /** `order-service.shop:8080`. */
  cluster: string;
  /** Of the requests this rule matches. */
  percent: number;
  /** Changed for this share alone, before what the rule changes for all. */
  headers?: HeaderOperations;
  authority?: string;
  /** What holds there beyond the defaults, in words: how an endpoint is chosen, what is limited, what ejects. Absent: nothing. */
  policies?: string[];
  endpoints: ExplainedEndpoint[];
  /** The answer to requests of this share when no endpoint can be picked. */
  refusal?: { status: number; detail: string };
}

export interface ExplainedEndpoint {
  address: string;
  port: number;
  pod?: string;
  /** Why it gets no request; absent when it can be picked. */
  unpickable?: string;
}
