/**
 * What requests have to pass besides routing: who they come from, what they may do, and how many there may be. Part of the
 * snapshot: plain JSON. What is written once and holds in many places stands here once, and the places name it.
 */

export interface Protection {
  /** By the `namespace/name` of the RequestAuthentication. */
  authentications: Record<string, JwtRule[]>;
  /** By the `namespace/name` of the AuthorizationPolicy. */
  authorizations: Record<string, AuthorizationRules>;
  /** By the EnvoyFilter's `namespace/name` and the number of the patch. */
  localRateLimits: Record<string, LocalRateLimit>;
  globalRateLimits: Record<string, GlobalRateLimit>;
  /** What holds for requests from outside the mesh, before they are routed. */
  gateway?: ProtectedPlace;
  /** By cluster key: what holds for requests to its endpoints, wherever they come from. Most clusters are not here. */
  clusters: Record<string, ProtectedPlace>;
}

/** A list that is absent is empty; its items are keys of the records above. */
export interface ProtectedPlace {
  authentications?: string[];
  authorizations?: string[];
  /** As AuthorizationPolicies name them: the ports of the workload, or those the Gateways declare. */
  ports: number[];
  rateLimits?: RateLimits;
}

/** Rate limits that hold at a place, or for one route in place of those. */
export interface RateLimits {
  local?: string[];
  global?: string[];
  /** What a request counts as. */
  descriptors?: DescriptorRule[];
}

export interface JwtRule {
  /** Where it was written, for messages. */
  name: string;
  /** The `iss` that tokens must have; absent: any. */
  issuer?: string;
  /** One of them must be in `aud`; empty: any will do. */
  audiences: string[];
  keys: KeySource;
  /** Places where a token may be. Names of headers in lower case. */
  fromHeaders: { name: string; prefix: string }[];
  fromParams: string[];
  fromCookies: string[];
  /** The upstream is told the payload, base64url, in this header. */
  payloadHeader?: string;
  claimHeaders: { header: string; claim: string }[];
  /** Otherwise the token goes no further than here. */
  forwardToken: boolean;
}

export type KeySource =
  /** A JSON Web Key Set (RFC 7517), as text that has been parsed once. */
  | { kind: 'inline'; jwks: string }
  /** `discovery`: the URL is that of the issuer's OpenID configuration, which names the key set. Short host names are looked up in `namespace`. */
  | { kind: 'jwks' | 'discovery'; url: string; namespace: string; timeoutMs: number }
  /** It was written in a way that cannot be read: every token of this rule is refused. */
  | { kind: 'none'; why: string };

export interface AuthorizationRules {
  action: 'ALLOW' | 'DENY';
  /** Any of them suffices; an empty list matches nothing. */
  rules: AuthorizationRule[];
}

/** All three must hold; an empty list of alternatives holds always. */
export interface AuthorizationRule {
  from: Condition[][];
  to: Condition[][];
  when: Condition[];
}

/** Holds when the attribute is like one of `values` (if there are any) and like none of `notValues`. */
export interface Condition {
  attribute: Attribute;
  values: string[];
  notValues: string[];
}

export type Attribute =
  | { kind: 'request-principal' | 'audience' | 'presenter' | 'host' | 'method' | 'path' | 'port' }
  | { kind: 'claim'; path: string[] }
  | { kind: 'header'; name: string }
  /** Cannot be carried out: counts as held for DENY and as not held for ALLOW. */
  | { kind: 'unknown'; name: string };

export interface TokenBucketSettings {
  maxTokens: number;
  tokensPerFill: number;
  fillIntervalMs: number;
}

export interface LocalRateLimit {
  /** Absent: only requests that a descriptor matches are limited. */
  bucket?: TokenBucketSettings;
  descriptors: { entries: DescriptorEntry[]; bucket: TokenBucketSettings }[];
  /** In place of those of the route. */
  ownDescriptors?: DescriptorRule[];
  /** Whether requests that a descriptor matches count here too. */
  alwaysCountsDefault: boolean;
  /** How many clients (values of entries without a value) are remembered for each descriptor. */
  maxClients: number;
  /** Of the requests, are counted. */
  enabledPercent: number;
  /** Of those over the limit, are refused. */
  enforcedPercent: number;
  status: number;
  /** Also tells callers within the limit how much is left. */
  tellsLimit: boolean;
  responseHeaders: [name: string, value: string][];
}

/** Without a value: any, and each value is counted on its own. */
export interface DescriptorEntry {
  key: string;
  value?: string;
}

/** Makes one descriptor of a request, or none when one of its actions finds nothing. */
export type DescriptorRule = DescriptorAction[];

export type DescriptorAction =
  | { kind: 'remote-address' }
  | { kind: 'generic'; key: string; value: string }
  | { kind: 'header'; header: string; key: string; skipIfAbsent: boolean }
  | { kind: 'header-match'; key: string; value: string; expectMatch: boolean; headers: HeaderCondition[] };

export interface HeaderCondition {
  /** In lower case; `:path` is the path with its query. */
  name: string;
  /** `regex` is RE2 and must match the whole value. */
  test: 'present' | 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex';
  operand: string;
  ignoreCase: boolean;
  invert: boolean;
}

export interface GlobalRateLimit {
  domain: string;
  limits: LimitNode[];
  store: CounterStore;
  timeoutMs: number;
  /** What happens when the counters cannot be asked. */
  deniesOnFailure: boolean;
  status: number;
  tellsLimit: boolean;
}

/** One level of the rate limit service's configuration. */
export interface LimitNode {
  key: string;
  /** Absent: any value; with `*` at its end: a prefix. */
  value?: string;
  limit?: { requests: number; windowSeconds: number } | 'unlimited';
  /** Counted, but never refused. */
  isShadow: boolean;
  children: LimitNode[];
}

export type CounterStore =
  /** Short host names are looked up in `namespace`. */
  { kind: 'redis'; host: string; port: number; namespace: string; password?: string } | { kind: 'process' };
