/**
 * A world of Gateway API manifests, for tests of what becomes of requests and of what the statuses say. Three Services are there: `v1`, `v2` and
 * `v3`, port 8080; and `v1` in namespace `other`.
 */
import {
  GatewayClasses,
  GRPCRoutes,
  HTTPRoutes,
  KubernetesGateways,
  kindOf,
  Namespaces,
  parseManifests,
  ReferenceGrants,
  Secrets,
  Services,
} from '@hikyaku/resources';
import type { Kind, Resource } from '@hikyaku/resources';
import { decide, decideForService, compileRouteTable } from '../routing/decide.ts';
import type { Decision } from '../routing/decision.ts';
import { arrivalPort } from '../explain/gateway-port.ts';
import { headOf } from '../explain/request.ts';
import { compile } from '../snapshot/compile.ts';
import type { MeshResources } from '../snapshot/compile.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { GatewayApiResources } from '../snapshot/gateway-api/resources.ts';

const services = ['default v1', 'default v2', 'default v3', 'other v1'].map((place, index) => {
  const [namespace, name] = place.split(' ');
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { clusterIP: 127.96.0.${index + 1}, ports: [{ name: http, port: 8080 }] }
`;
});

export interface GatewayWorld {
  resources: MeshResources & { gatewayApi: GatewayApiResources };
  snapshot: Snapshot;
  warnings: string[];
  decide(method: string, url: string, headers?: Record<string, string>, random?: number): Decision;
  /** What becomes of the request in one word or two: `v1`, `v1 /rewritten`, `302 http://…`, `404`. */
  ask(method: string, url: string, headers?: Record<string, string>, random?: number): string;
  /** A call to a Service, by its cluster key. */
  call(cluster: string, path: string, headers?: Record<string, string>): string;
}

/** Throws when the manifests have mistakes. */
export function gatewayWorld(manifests: string): GatewayWorld {
  const text = [...services, manifests].join('---\n');
  const { resources: all, diagnostics } = parseManifests([{ path: 'world.yaml', text }]);
  const mistakes = diagnostics.filter(({ severity }) => severity === 'error');
  if (mistakes.length > 0) throw new Error(mistakes.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const of = <R extends Resource>(kind: Kind<R>): R[] =>
    all.flatMap(({ resource }, index) =>
      kindOf(resource.apiVersion, resource.kind)?.plural === kind.plural && resource.apiVersion.startsWith(kind.group)
        ? [{ ...resource, metadata: { generation: 1, uid: String(index), ...resource.metadata } } as R]
        : [],
    );
  const resources = {
    services: of(Services),
    endpointSlices: [],
    pods: [],
    gateways: [],
    virtualServices: [],
    secrets: of(Secrets),
    gatewayApi: {
      gatewayClasses: of(GatewayClasses),
      gateways: of(KubernetesGateways),
      httpRoutes: of(HTTPRoutes),
      grpcRoutes: of(GRPCRoutes),
      referenceGrants: of(ReferenceGrants),
      namespaces: of(Namespaces),
    },
  };
  const snapshot = compile(resources);
  const table = compileRouteTable(snapshot);
  const requestHead = (method: string, url: string, headers: Record<string, string> = {}) =>
    headOf({ method, url, headers: Object.entries(headers) });
  const decision: GatewayWorld['decide'] = (method, url, headers, random = 0) => {
    const head = requestHead(method, url, headers);
    const { virtualHosts } = arrivalPort(head, snapshot);
    return decide(compileRouteTable({ virtualHosts, serviceRoutes: {} }), head, random);
  };
  return {
    resources,
    snapshot,
    warnings: snapshot.warnings,
    decide: decision,
    ask: (method, url, headers, random) =>
      outcome(decision(method, url, headers, random), headOf({ method, url, headers: [] }).target),
    call: (cluster, path, headers) => {
      const head = requestHead('GET', `http://service${path}`, headers);
      return outcome(decideForService(table, cluster, head, 0), head.target);
    },
  };
}

function outcome(decision: Decision, target: string): string {
  if (decision.kind === 'redirect') return `${decision.status} ${decision.location}`;
  if (decision.kind !== 'forward') return String(decision.status);
  const backend = decision.cluster.replace('.default:8080', '').replace(':8080', '');
  const host = decision.authority === undefined ? '' : ` ${decision.authority}`;
  return decision.target === target ? `${backend}${host}` : `${backend}${host} ${decision.target}`;
}
