/**
 * The kinds of the Gateway API (`gateway.networking.k8s.io`, standard channel of 1.7), typed as far as hikyaku reads them. What may be written is
 * said by the schemas, not here. Written by hand: the published types either lack GRPCRoute v1 and the newer filters, or bring a second copy of
 * `kubernetes-models`.
 */
import type { Condition, LabelSelector, Resource } from './model.ts';

export type GatewayClass = Resource<GatewayClassSpec, { conditions?: GatewayCondition[] }>;
/** Not to be mistaken for Istio's, which has the shorter name. */
export type KubernetesGateway = Resource<KubernetesGatewaySpec, KubernetesGatewayStatus>;
export type ReferenceGrant = Resource<ReferenceGrantSpec>;
export type HTTPRoute = Resource<HTTPRouteSpec, RouteStatus>;
export type GRPCRoute = Resource<GRPCRouteSpec, RouteStatus>;

/** Here reason, message and observedGeneration are always there. */
export type GatewayCondition = Condition & Required<Pick<Condition, 'reason' | 'message'>>;

export interface GatewayClassSpec {
  controllerName: string;
  description?: string;
}

export interface KubernetesGatewaySpec {
  /** Absent: those that are assigned. A value may be left to be assigned, too. */
  addresses?: { type?: string; value?: string }[];
  gatewayClassName: string;
  listeners: GatewayListener[];
}

export interface GatewayListener {
  name: string;
  /** Absent: every host. */
  hostname?: string;
  port: number;
  protocol: string;
  tls?: { mode?: string; certificateRefs?: ObjectReference[] };
  allowedRoutes?: {
    namespaces?: { from?: 'All' | 'Selector' | 'Same'; selector?: LabelSelector };
    /** Absent: all that fit the protocol. */
    kinds?: RouteGroupKind[];
  };
}

export interface RouteGroupKind {
  group?: string;
  kind: string;
}

export interface KubernetesGatewayStatus {
  addresses?: { type?: string; value: string }[];
  conditions?: GatewayCondition[];
  listeners?: GatewayListenerStatus[];
}

export interface GatewayListenerStatus {
  name: string;
  attachedRoutes: number;
  supportedKinds?: RouteGroupKind[];
  conditions: GatewayCondition[];
}

export interface ReferenceGrantSpec {
  from: { group: string; kind: string; namespace: string }[];
  /** Without a name: every object of that kind in the grant's namespace. */
  to: { group: string; kind: string; name?: string }[];
}

/** The core group and a Service where absent; for `parentRefs`, a Gateway of this group. */
export interface ObjectReference {
  group?: string;
  kind?: string;
  name: string;
  namespace?: string;
}

export interface ParentReference extends ObjectReference {
  sectionName?: string;
  port?: number;
}

export interface BackendReference extends ObjectReference {
  port?: number;
  /** Absent: 1. */
  weight?: number;
}

interface CommonRouteSpec {
  parentRefs?: ParentReference[];
  hostnames?: string[];
}

export interface HTTPRouteSpec extends CommonRouteSpec {
  rules?: HTTPRouteRule[];
}

export interface GRPCRouteSpec extends CommonRouteSpec {
  rules?: GRPCRouteRule[];
}

/** What the rules of both kinds of route have. */
export interface RouteRule {
  name?: string;
  filters?: RouteFilter[];
  backendRefs?: (BackendReference & { filters?: RouteFilter[] })[];
}

export interface HTTPRouteRule extends RouteRule {
  matches?: HTTPRouteMatch[];
  timeouts?: { request?: string; backendRequest?: string };
  retry?: HTTPRouteRetry;
}

/** `attempts` are those after the first, 1 where absent; `codes` the statuses besides what never reached the backend. */
export interface HTTPRouteRetry {
  attempts?: number;
  backoff?: string;
  codes?: number[];
}

export interface GRPCRouteRule extends RouteRule {
  matches?: GRPCRouteMatch[];
}

export interface HTTPRouteMatch {
  path?: { type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; value?: string };
  headers?: ValueMatch[];
  queryParams?: ValueMatch[];
  method?: string;
}

export interface GRPCRouteMatch {
  method?: { type?: 'Exact' | 'RegularExpression'; service?: string; method?: string };
  headers?: ValueMatch[];
}

export interface ValueMatch {
  type?: 'Exact' | 'RegularExpression';
  name: string;
  value: string;
}

/** One member beside `type` is there: the one `type` names. GRPCRoutes know the first three and `extensionRef` only. */
export interface RouteFilter {
  type: string;
  requestHeaderModifier?: HeaderFilter;
  responseHeaderModifier?: HeaderFilter;
  requestMirror?: { backendRef: BackendReference; percent?: number; fraction?: { numerator: number; denominator?: number } };
  requestRedirect?: RequestRedirect;
  urlRewrite?: { hostname?: string; path?: PathModifier };
  cors?: CORSFilter;
  extensionRef?: { group: string; kind: string; name: string };
}

export interface HeaderFilter {
  set?: { name: string; value: string }[];
  add?: { name: string; value: string }[];
  remove?: string[];
}

export interface RequestRedirect {
  scheme?: string;
  hostname?: string;
  path?: PathModifier;
  port?: number;
  /** Absent: 302. */
  statusCode?: number;
}

/** The member `type` names, in lower case at the beginning, is there. */
export interface PathModifier {
  type: 'ReplaceFullPath' | 'ReplacePrefixMatch';
  replaceFullPath?: string;
  replacePrefixMatch?: string;
}

export interface CORSFilter {
  allowOrigins?: string[];
  allowCredentials?: boolean;
  allowMethods?: string[];
  allowHeaders?: string[];
  exposeHeaders?: string[];
  /** Seconds; absent: 5. */
  maxAge?: number;
}

export interface RouteStatus {
  parents: RouteParentStatus[];
}

export interface RouteParentStatus {
  parentRef: ParentReference;
  controllerName: string;
  conditions: GatewayCondition[];
}
