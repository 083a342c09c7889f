/**
 * What a route does to requests and responses besides choosing where they go. Part of the snapshot: plain JSON.
 */

/** Each is carried out by a filter of its own (proxy/filters.ts). */
export interface RoutePolicies {
  fault?: FaultPolicy;
}

/** Each is rolled on its own: a request may be delayed and then aborted. */
export interface FaultPolicy {
  /** `percent` is between 0 and 100 and need not be whole. */
  delay?: { durationMs: number; percent: number };
  abort?: { status: number; percent: number };
}

export interface HeaderOperations {
  /** To the request as the upstream sees it. */
  request?: HeaderChanges;
  /** To the response as the caller sees it. */
  response?: HeaderChanges;
}

/** Carried out in this order, as Envoy does. None of them names a field that frames the message or routes it. */
export interface HeaderChanges {
  /** Names in lower case. */
  remove: string[];
  /** `[name, value]`: replaces all fields of that name. Values are latin1, one character per byte. */
  set: [string, string][];
  /** One more field, whatever there is already. */
  add: [string, string][];
}
