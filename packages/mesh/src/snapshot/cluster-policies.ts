/**
 * How the endpoints of a cluster are chosen among, connected to and left out: what DestinationRules say. Part of the snapshot: plain JSON,
 * with Istio's defaults filled in.
 */

export interface ClusterPolicies {
  /** Absent: LEAST_REQUEST. */
  loadBalancer?: LoadBalancerPolicy;
  /** Absent: an endpoint gets its whole share at once. */
  warmup?: WarmupPolicy;
  /** Absent: where caller and endpoints are makes no difference. */
  locality?: LocalityPolicy;
  /** Absent: no limits. */
  connectionPool?: ConnectionPoolPolicy;
  /** Absent: endpoints are never ejected. */
  outlierDetection?: OutlierDetectionPolicy;
  /** Absent: `connectionPool.maxRetries` limits retries. */
  retryBudget?: RetryBudgetPolicy;
  /** Absent: endpoints are never asked. */
  healthCheck?: HealthCheckPolicy;
  /** Absent: endpoints are spoken to without TLS. May hold a private key: never printed, never passed on. */
  tls?: UpstreamTls;
  /** When a smaller share of the endpoints than this is well, all are used, well or not. Absent: 0, which is never. */
  minHealthPercent?: number;
}

/** Whom to trust and what to show where connections to endpoints are encrypted. */
export interface UpstreamTls {
  /** Why no connection can be made, in words; absent nearly always. */
  unusable?: string;
  /** Whether the endpoint has to show a certificate that is signed by who is trusted and is for whom it should be. */
  isVerified: boolean;
  /** Absent: the authorities that this machine trusts. */
  trusted?: Pem;
  /** Certificates that are good no longer (CRL). */
  revoked?: Pem;
  /** Shown to endpoints that ask for it. */
  client?: { certificate: Pem; key: Pem };
  /** The name to ask for, empty for none; absent: the host of each request, which the certificate then has to be for. */
  sni?: string;
  /** The certificate has to be for one of them. */
  subjectAltNames?: string[];
}

/** A certificate, a chain or a key: itself, or the path of the file it is in. */
export type Pem = { pem: string } | { file: string };

export type LoadBalancerPolicy =
  | { kind: 'LEAST_REQUEST' | 'ROUND_ROBIN' | 'RANDOM' | 'LEAST_RESPONSE_TIME' }
  /** Only calls to the Service itself come here (passthrough.ts), whose address stands for any of its Pods. */
  | { kind: 'PASSTHROUGH' }
  | { kind: 'RING_HASH'; key: HashKey; minimumRingSize: number }
  /** `tableSize` is a prime. */
  | { kind: 'MAGLEV'; key: HashKey; tableSize: number };

/** Header names are in lower case. A cookie with a `ttlMs` is given to callers that have none; 0 is for their session. */
export type HashKey =
  | { by: 'header'; name: string }
  | { by: 'query'; name: string }
  | { by: 'source-ip' }
  | { by: 'cookie'; name: string; path?: string; ttlMs?: number };

export interface WarmupPolicy {
  durationMs: number;
  /** Of the full weight, at the beginning. */
  minimumPercent: number;
  /** 1 grows linearly, more grows faster at the beginning. */
  aggression: number;
}

/** Localities are `region/zone/subzone`; any part may be missing. */
export type LocalityPolicy =
  /** Endpoints of the next level only when those of the nearer one are too few. `failover`: region to region. */
  | { kind: 'failover'; failover?: { from: string; to: string }[] }
  /** Levels by how many of the labels, `key` or `key=value`, hold, counted up to the first that does not. */
  | { kind: 'priority'; labels: string[] }
  /** The first whose `from` the caller is in; patterns may end in `*`. Weights are relative to each other. */
  | { kind: 'distribute'; rules: { from: string; to: { locality: string; weight: number }[] }[] };

/** Of the whole cluster. Absent numbers are no limit. */
export interface ConnectionPoolPolicy {
  maxConnections?: number;
  connectTimeoutMs?: number;
  maxConnectionDurationMs?: number;
  /** Of connections that carry bytes; 0: none. */
  tcpIdleTimeoutMs?: number;
  tcpKeepalive?: { timeMs?: number; intervalMs?: number; probes?: number };
  maxPendingRequests?: number;
  maxRequests?: number;
  maxRequestsPerConnection?: number;
  maxRetries?: number;
  /** Of connections that no request is on. */
  idleTimeoutMs?: number;
  /** Of one HTTP/2 connection. */
  maxConcurrentStreams?: number;
  h2Upgrade?: boolean;
  useClientProtocol?: boolean;
}

/** A count of 0 turns its condition off. */
export interface OutlierDetectionPolicy {
  consecutive5xxErrors: number;
  consecutiveGatewayErrors: number;
  consecutiveLocalOriginFailures: number;
  splitExternalLocalOriginErrors: boolean;
  intervalMs: number;
  baseEjectionMs: number;
  maxEjectionMs: number;
  maxEjectionPercent: number;
}

/** Retries under way at once: a share of the requests in flight, and never less than a minimum. */
export interface RetryBudgetPolicy {
  percent: number;
  minRetryConcurrency: number;
}

export interface HealthCheckPolicy {
  intervalMs: number;
  timeoutMs: number;
  /** Answers in a row that turn an endpoint. */
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** Absent: a connection that opens is enough. `host` is the Host header. Statuses are ranges, both ends included. */
  http?: { path: string; host: string; expectedStatuses: [from: number, to: number][] };
}
