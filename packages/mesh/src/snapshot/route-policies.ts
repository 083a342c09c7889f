/**
 * What a route does to requests and responses besides choosing where they go. Part of the snapshot: plain JSON.
 */
import type { StringMatch } from './string-match.ts';
import type { RateLimits } from './protection.ts';

/** Each is carried out by a file of its own in proxy/. */
export interface RoutePolicies {
  cors?: CorsPolicy;
  fault?: FaultPolicy;
  /** Copies that nobody waits for. */
  mirrors?: MirrorPolicy[];
  /** In place of those of the gateway. */
  rateLimits?: RateLimits;
}

/** Field values are ready to be sent. */
export interface CorsPolicy {
  /** Any one of them suffices; `{ exact: '*' }` allows every origin. */
  allowOrigins: StringMatch[];
  allowMethods?: string;
  allowHeaders?: string;
  /** In place of those, a preflight is told what it asks for: browsers take `*` for a name where credentials are allowed. */
  allowRequested?: { methods?: true; headers?: true };
  exposeHeaders?: string;
  /** In seconds. */
  maxAge?: string;
  allowCredentials: boolean;
  /** What becomes of a preflight whose origin is not allowed: `IGNORE` answers it without a permission. */
  unmatchedPreflights: 'FORWARD' | 'IGNORE';
}

/** Each is rolled on its own: a request may be delayed and then aborted. */
export interface FaultPolicy {
  /** `percent` is between 0 and 100 and need not be whole. */
  delay?: { durationMs: number; percent: number };
  /** With `grpcStatus`, what gRPC calls are told; `status` is then the HTTP status that stands for it. */
  abort?: { status: number; grpcStatus?: number; percent: number };
}

export interface MirrorPolicy {
  /** Key of the cluster. */
  cluster: string;
  /** Of the requests, between 0 and 100; need not be whole. */
  percent: number;
}

export interface HeaderOperations {
  /** To the request as the upstream sees it. */
  request?: HeaderChanges;
  /** To the response as the caller sees it. */
  response?: HeaderChanges;
}

/** Carried out in this order, as Envoy does. None of them names a field that frames the message or routes it. */
export interface HeaderChanges<Value = HeaderValue> {
  /** Names in lower case. */
  remove: string[];
  /** `[name, value]`: replaces all fields of that name. Values are latin1, one character per byte. */
  set: [string, Value][];
  /** One more field, whatever there is already. */
  add: [string, Value][];
}

/** `format` has Envoy's command operators (`%PROTOCOL%`), of which all are served; a value that comes out empty is no field. */
export type HeaderValue = string | { format: string };
