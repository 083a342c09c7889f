/**
 * Istio's VirtualService (networking.istio.io, 1.27), typed. What may be written is said by the schema, not here. Written by hand: the
 * published types are of a version that has no `mirrors`, `uriRegexRewrite` or `backoff` yet.
 */
import type { Resource } from './model.ts';

export type VirtualService = Resource<VirtualServiceSpec>;

export interface VirtualServiceSpec {
  hosts?: string[];
  gateways?: string[];
  exportTo?: string[];
  http?: HttpRule[];
  tls?: TlsRule[];
  tcp?: TcpRule[];
}

export interface HttpRule {
  name?: string;
  match?: HttpMatch[];
  /** Exactly one of these four. */
  route?: WeightedDestination[];
  redirect?: HttpRedirect;
  directResponse?: HttpDirectResponse;
  delegate?: { name?: string; namespace?: string };
  rewrite?: { uri?: string; authority?: string; uriRegexRewrite?: { match?: string; rewrite?: string } };
  timeout?: string;
  retries?: HttpRetries;
  fault?: HttpFault;
  mirror?: RouteDestination;
  mirrors?: { destination: RouteDestination; percentage?: Percent }[];
  mirrorPercentage?: Percent;
  /** Deprecated, as is the next. */
  mirrorPercent?: number;
  mirror_percent?: number;
  corsPolicy?: CorsRule;
  headers?: HeaderRules;
}

/** One of the three; `{}` on a header asks for its presence only. */
export interface TextMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

/** All conditions must hold. */
export interface HttpMatch {
  name?: string;
  uri?: TextMatch;
  scheme?: TextMatch;
  method?: TextMatch;
  authority?: TextMatch;
  headers?: Record<string, TextMatch>;
  withoutHeaders?: Record<string, TextMatch>;
  queryParams?: Record<string, TextMatch>;
  ignoreUriCase?: boolean;
  port?: number;
  gateways?: string[];
  sourceLabels?: Record<string, string>;
  sourceNamespace?: string;
  statPrefix?: string;
}

export interface RouteDestination {
  host: string;
  port?: { number?: number };
  subset?: string;
}

export interface WeightedDestination {
  destination: RouteDestination;
  weight?: number;
  headers?: HeaderRules;
}

export interface HttpRedirect {
  uri?: string;
  authority?: string;
  scheme?: string;
  redirectCode?: number;
  /** At most one of these two. */
  port?: number;
  derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT';
}

/** `bytes` is base64. */
export interface HttpDirectResponse {
  status?: number;
  body?: { string?: string; bytes?: string };
}

export interface HttpRetries {
  attempts?: number;
  perTryTimeout?: string;
  retryOn?: string;
  retryRemoteLocalities?: boolean;
  retryIgnorePreviousHosts?: boolean;
  backoff?: string;
}

export interface Percent {
  value?: number;
}

export interface HttpFault {
  /** `percent` is deprecated. */
  delay?: { fixedDelay?: string; exponentialDelay?: string; percentage?: Percent; percent?: number };
  abort?: { httpStatus?: number; grpcStatus?: string; http2Error?: string; percentage?: Percent };
}

export interface CorsRule {
  /** Deprecated. */
  allowOrigin?: string[];
  allowOrigins?: TextMatch[];
  allowMethods?: string[];
  allowHeaders?: string[];
  exposeHeaders?: string[];
  maxAge?: string;
  allowCredentials?: boolean;
  unmatchedPreflights?: 'UNSPECIFIED' | 'FORWARD' | 'IGNORE';
}

export interface HeaderRules {
  request?: FieldChanges;
  response?: FieldChanges;
}

export interface FieldChanges {
  set?: Record<string, string>;
  add?: Record<string, string>;
  remove?: string[];
}

/** Conditions on a connection. */
export interface L4Match {
  destinationSubnets?: string[];
  port?: number;
  sourceLabels?: Record<string, string>;
  sourceNamespace?: string;
  gateways?: string[];
}

export interface TcpRule {
  match?: L4Match[];
  route?: WeightedDestination[];
}

export interface TlsRule {
  match: (L4Match & { sniHosts: string[] })[];
  route?: WeightedDestination[];
}
