/**
 * Carries the traffic of a system as its Services, Gateways and VirtualServices say.
 *
 *   following the resources         control/resource-view.ts, the kinds in control/mesh-view.ts
 *   resources to snapshot           snapshot/compile.ts   (the snapshot itself: snapshot/snapshot.ts; the Gateway API: snapshot/gateway-api/compile.ts)
 *   what was made of the resources  control/gateway-api/status-writer.ts
 *   the proxy as a process          control/proxy-process.ts, proxy/main.ts
 *   request to routing decision     routing/decide.ts     (pure: no I/O)
 *   which endpoint                  balance/balancers.ts
 *   who may, by token               security/authentication.ts, security/authorization.ts
 *   how often                       ratelimit/local-limiter.ts, ratelimit/global-limiter.ts
 *   whether again                   resilience/retry.ts
 *   HTTP/1.1 on the wire            http/server-connection.ts, http/client-connection.ts and the parsers beside them
 *   carrying HTTP                   proxy/gateway.ts, proxy/forward.ts
 *   carrying calls between services proxy/services.ts, proxy/tcp-listener.ts
 *   what became of it, counted      telemetry/telemetry.ts
 *   all of this in a Node process   inprocess/mount.ts, kept current by snapshot-feed/
 *   why a request goes where it goes explain/explain.ts
 *   Envoy's bootstrap files         envoy/load.ts, envoy/envoy-proxy.ts
 *   mistakes in the rules           check/check-routes.ts
 */
export { checkRoutes } from './check/check-routes.ts';
export { meshView } from './control/mesh-view.ts';
export { MeshError } from './control/proxy-process.ts';
export { startMesh } from './control/start-mesh.ts';
export type { MeshOptions, MeshStatus } from './control/start-mesh.ts';
export { prepareZeroHop } from './control/zero-hop.ts';
export type { ZeroHop } from './control/zero-hop.ts';
export { EnvoyProxy } from './envoy/envoy-proxy.ts';
export { loadBootstrap } from './envoy/load.ts';
export { explain } from './explain/explain.ts';
export type { ExplainedCaller } from './explain/explain.ts';
export type * from './explain/explanation.ts';
export { formatExplanation } from './explain/format.ts';
export { BadRequestError } from './explain/request.ts';
export type { AskedRequest } from './explain/request.ts';
export { compile } from './snapshot/compile.ts';
export type { MeshResources } from './snapshot/compile.ts';
export type * from './snapshot/snapshot.ts';
export type { ClusterSummary } from './telemetry/clusters/summary.ts';
export type { EdgeSummary } from './telemetry/summary.ts';
