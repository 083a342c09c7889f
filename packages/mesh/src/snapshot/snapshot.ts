/**
 * The snapshot: everything the proxy needs to carry traffic, as plain JSON. It is what `compile` makes of the resources, what
 * travels to the proxy process, and what routing is compiled from. It holds no functions, no defaults left to guess and no names
 * left to resolve. The vocabulary is xDS's: virtual hosts have routes, routes lead to clusters, clusters have endpoints.
 */
import type { Placed } from '../balance/locality.ts';
import type { ClusterPolicies } from './cluster-policies.ts';
import type { Protection } from './protection.ts';
import type { HeaderOperations, RoutePolicies } from './route-policies.ts';
import type { PathMatch, StringMatch } from './string-match.ts';
import type { TelemetrySettings } from './telemetry-settings.ts';

export type { PathMatch, StringMatch };

export interface Snapshot {
  /** In the order of precedence within one domain. */
  virtualHosts: VirtualHost[];
  /** Rules for calls between services, by the cluster key of the Service called. */
  serviceRoutes: Record<string, Route[]>;
  /** Rules for callers of one namespace, by that namespace and then by cluster key: they go before `serviceRoutes`. Absent: none. */
  callerRoutes?: Record<string, Record<string, Route[]>>;
  /** Rules for connections to Services, by cluster key. Absent: none. */
  tcpRoutes?: Record<string, TcpRoute[]>;
  /** Who calls, by Pod address. Absent where no rule asks. */
  callers?: Record<string, Caller>;
  /** By cluster key, e.g. `product-service.default:8080`, or `product-service.default:8080/canary` for a subset. */
  clusters: Record<string, Cluster>;
  /** The Service addresses to listen on, one per Service and TCP port. */
  services: ServiceListener[];
  /** Who stands behind an address, by Pod address; read by telemetry alone. */
  peers?: Record<string, Peer>;
  /** What requests have to pass besides; absent: nothing. */
  protection?: Protection;
  /** Access logs and traces; absent when nobody asks for anything. */
  telemetry?: TelemetrySettings;
  /** Where callers are, by Pod address; only where a cluster's locality policy asks. */
  places?: Record<string, Placed>;
  /** What could not be carried out as written, in human words, naming the resource. */
  warnings: string[];
  /** The gateway's port for TLS, which is not opened when this is absent. Holds private keys: never printed, never passed on. */
  tls?: TlsGateway;
  /** What Gateways call the gateway's two ports, where they have something there. */
  declaredPorts?: { http?: number; tls?: number };
  /** What the gateway serves besides its two ports, by number on localhost or by `address:port`. Absent: nothing. Holds private keys likewise. */
  gatewayPorts?: Record<string, GatewayPort>;
}

/** A port of the gateway: for plain HTTP, or for TLS when there are `servers`. */
export type GatewayPort = Pick<TlsGateway, 'virtualHosts'> & Partial<TlsGateway>;

/** The routes of one domain of the gateway. */
export interface VirtualHost {
  /** Lower case: `shop.example.com`, `*.example.com`, or `*` for any. */
  domain: string;
  /** The first route that matches wins. */
  routes: Route[];
}

export interface Route {
  /** Where it was written, for messages: `VirtualService default/shop, rule 2 (orders)`. */
  name: string;
  /** Any one of them suffices; empty matches every request. */
  matches: RequestMatch[];
  action: RouteAction;
  headers?: HeaderOperations;
  /** Absent when the route asks for none, which is nearly always. */
  policies?: RoutePolicies;
}

/** All conditions given must hold. */
export interface RequestMatch {
  uri?: PathMatch;
  ignoreUriCase?: boolean;
  method?: StringMatch;
  authority?: StringMatch;
  scheme?: StringMatch;
  /** Header names in lower case. */
  headers?: Record<string, HeaderMatch>;
  withoutHeaders?: Record<string, HeaderMatch>;
  queryParams?: Record<string, StringMatch>;
  source?: SourceMatch;
}

/** On the calling Pod. A caller nobody knows matches none. */
export interface SourceMatch {
  namespace?: string;
  labels?: Record<string, string>;
}

export interface Caller {
  namespace: string;
  labels: Record<string, string>;
}

/** Where a connection goes; the first that matches wins. */
export interface TcpRoute {
  name: string;
  /** Any one of them suffices; empty matches every connection. */
  matches: ConnectionMatch[];
  destinations: Destination[];
}

/** All conditions given must hold. */
export interface ConnectionMatch {
  /** Of the address called: CIDR blocks, of which one suffices. */
  destinationSubnets?: string[];
  source?: SourceMatch;
}

export type HeaderMatch = StringMatch | { present: true };

export type RouteAction =
  | { kind: 'forward'; destinations: Destination[]; rewrite?: Rewrite; timeoutMs?: number; retry: RetryPolicy }
  | Redirect
  | { kind: 'respond'; status: number; body?: string; base64?: string };

export interface Redirect {
  kind: 'redirect';
  status: number;
  scheme?: string;
  authority?: string;
  uri?: string;
  /** The Gateway API's way; never beside `uri`. */
  path?: PathReplacement;
  /** At most one of the two. Without either, the port stays as it was asked for. */
  port?: number;
  derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT' | 'GATEWAY_TLS_PORT';
}

export interface Destination {
  cluster: string;
  /** Relative to the sum over all destinations, which is above 0. */
  weight: number;
  /** Carried out before those of the route. */
  headers?: HeaderOperations;
  /** Replaces the Host header, whatever the route's rewrite says. */
  authority?: string;
  /** Why no request can go there: those of its share are answered with 500 instead. */
  invalid?: string;
}

export interface Rewrite {
  uri?: string;
  /** The Gateway API's way; never beside `uri`. */
  path?: PathReplacement;
  /** RE2 syntax; every occurrence in the path gives way to `substitution`, in which `\\1` is the first group. */
  uriRegex?: { match: string; substitution: string };
  authority?: string;
}

/** Of the whole path, or of the path elements that matched. The query stays. */
export type PathReplacement = { full: string } | { prefix: string };

export interface RetryPolicy {
  /** Retries after the first attempt; 0 turns them off. */
  attempts: number;
  /** Absent: only the whole request is limited. */
  perTryTimeoutMs?: number;
  /** Envoy's condition names and status codes: `connect-failure`, `reset`, `5xx`, `503`, … */
  retryOn: string[];
  /** Names, in lower case, of response fields that ask for a retry where `retryOn` has `retriable-headers`. */
  retriableHeaders?: string[];
  /** The base of the back-off. Absent: 25 ms. */
  backoffMs?: number;
  /** A retry need not go to another endpoint than the attempts before it. */
  mayRepeatEndpoints?: true;
  /** A retry may go to another locality. */
  mayLeaveLocality?: true;
}

/** What is served on the gateway's port for TLS. A connection is for the server whose host covers the name its client asks for (SNI). */
export interface TlsGateway {
  /** The routes of what is terminated here; `virtualHosts` of the snapshot are those of the plain port. */
  virtualHosts: VirtualHost[];
  /** In the order of precedence among equal hosts. An exact host comes before the longest wildcard, `*` takes also who names none. */
  servers: TlsServer[];
}

/** `hosts` are lower case: `shop.example.com`, `*.example.com`, or `*`. */
export type TlsServer =
  | { kind: 'terminate'; hosts: string[]; settings: TlsSettings }
  /** Carried as bytes, still encrypted, to a destination by weight. */
  | { kind: 'passthrough'; hosts: string[]; name: string; destinations: Destination[] };

/** Certificates and keys are PEM, checked to belong together. */
export interface TlsSettings {
  certificate: string;
  key: string;
  /** Absent: clients are not asked who they are. */
  clients?: { ca: string; isRequired: boolean };
  minVersion?: TlsVersion;
  maxVersion?: TlsVersion;
  /** OpenSSL's names, for TLS 1.2 and earlier. */
  cipherSuites?: string[];
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** One Service port, or a subset of it, and the endpoints that are ready behind it. */
export interface Cluster extends ClusterPolicies {
  /** `product-service.default`, or `product-service.default (subset canary)`: how messages name it. */
  service: string;
  endpoints: Endpoint[];
  /** What the endpoints speak. Absent: HTTP/1.1. */
  protocol?: 'http2';
  /** There are no `endpoints`: each request goes to the host that it names, at this port, if the wildcard covers it. */
  byName?: { hosts: string; port: number };
  /** Why there is no endpoint, when there is none and the reason is known. */
  unavailable?: string;
}

export interface Endpoint {
  address: string;
  port: number;
  /** Relative to the other endpoints. Absent: 1. */
  weight?: number;
  /** `region/zone/subzone`, and those labels that the cluster's locality policy asks for; absent where it asks for none. */
  locality?: string;
  labels?: Record<string, string>;
}

export interface ServiceListener {
  address: string;
  port: number;
  /** `namespace/name`. */
  service: string;
  cluster: string;
  /** Whether requests or connections are carried. */
  protocol: 'http' | 'tcp';
}

/** A workload as Istio's telemetry names it; `unknown` where a label is missing. */
export interface Peer {
  workload: string;
  namespace: string;
  app: string;
  version: string;
  canonicalService: string;
  canonicalRevision: string;
}
