/**
 * How the tests of the Gateway API are written: after its conformance tests (https://github.com/kubernetes-sigs/gateway-api, conformance/tests), as
 * manifests and what becomes of requests under them.
 */
import { expect, test } from 'vitest';
import { gatewayWorld } from './gateway-api.ts';

/** One that takes routes of all namespaces. */
export const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: same }
spec:
  gatewayClassName: hikyaku
  listeners: [{ name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }]
`;

let routes = 0;

/** `spec` is what follows `parentRefs`, indented by two. */
export const httpRoute = (spec: string, name = `r${++routes}`) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [{ name: same }]
${spec}`;

export const to = (backend: string) => `backendRefs: [{ name: ${backend}, port: 8080 }]`;

export type Case = [request: string, expected: string, headers?: Record<string, string>];

/** Asks each request of a world of these manifests. */
export function conforms(manifests: string, cases: Case[]): void {
  const world = gatewayWorld(manifests);
  test.each(cases)('%s → %s %j', (request, expected, headers = {}) => {
    const [method = '', url = ''] = request.includes(' ') ? request.split(' ') : ['GET', request];
    expect(world.ask(method, url, headers)).toBe(expected);
  });
}
