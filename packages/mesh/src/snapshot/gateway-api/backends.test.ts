/** Cases after the Gateway API's conformance tests, by their names: backends, weights, references across namespaces, Services as parents. */
import { describe, expect, test } from 'vitest';
import { conforms, gateway, httpRoute, to } from '../../testing/gateway-api-cases.ts';
import { gatewayWorld } from '../../testing/gateway-api.ts';

const grant = (from = 'HTTPRoute', name = '') => `---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: g, namespace: other }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: ${from}, namespace: default }]
  to: [{ group: '', kind: Service${name} }]
`;
const crossing = httpRoute(`  rules: [{ backendRefs: [{ name: v1, namespace: other, port: 8080 }] }]\n`);

describe('HTTPRouteReferenceGrant', () => conforms(gateway + crossing + grant(), [['/', 'v1.other']]));
describe('HTTPRouteReferenceGrant, by name', () =>
  conforms(gateway + crossing + grant('HTTPRoute', ', name: v1'), [['/', 'v1.other']]));
describe('HTTPRouteInvalidReferenceGrant', () => {
  conforms(gateway + crossing, [['/', '500']]);
  conforms(gateway + crossing + grant('GRPCRoute'), [['/', '500']]);
  conforms(gateway + crossing + grant('HTTPRoute', ', name: v2'), [['/', '500']]);
});

describe('HTTPRouteCrossNamespace', () => {
  const foreign = (from: string) =>
    `${gateway.replace('from: All', from)}${httpRoute(`  rules: [{ ${to('v1')} }]\n`)
      .replace(/metadata: \{ name: (r\d+) \}/, 'metadata: { name: $1, namespace: other }')
      .replace('{ name: same }', '{ name: same, namespace: default }')}---
apiVersion: v1
kind: Namespace
metadata: { name: other, labels: { tier: web } }
`;
  conforms(foreign('from: All'), [['/', 'v1.other']]);
  conforms(foreign('from: Same'), [['/', '404']]);
  conforms(foreign('from: Selector, selector: { matchLabels: { tier: web } }'), [['/', 'v1.other']]);
  conforms(foreign('from: Selector, selector: { matchLabels: { tier: data } }'), [['/', '404']]);
  conforms(foreign('from: Selector, selector: { matchLabels: { kubernetes.io/metadata.name: other } }'), [['/', 'v1.other']]);
});

describe('HTTPRouteInvalidNonExistentBackendRef, …BackendRefUnknownKind and no backend at all', () => {
  conforms(gateway + httpRoute('  rules: [{ backendRefs: [{ name: nobody, port: 8080 }] }]\n'), [['/', '500']]);
  conforms(gateway + httpRoute('  rules: [{ backendRefs: [{ name: v1, port: 1 }] }]\n'), [['/', '500']]);
  conforms(gateway + httpRoute('  rules: [{ backendRefs: [{ kind: Bucket, group: x.example, name: v1 }] }]\n'), [['/', '500']]);
  conforms(gateway + httpRoute('  rules: [{ matches: [{ path: { value: / } }] }]\n'), [['/', '500']]);
  conforms(gateway + httpRoute('  rules: [{ backendRefs: [{ name: v1, port: 8080, weight: 0 }] }]\n'), [['/', '500']]);
});

test('HTTPRouteWeight: each backend has its share, and one that cannot be reached answers its own with 500', () => {
  const world = gatewayWorld(
    gateway +
      httpRoute(`  rules:
    - backendRefs:
        - { name: nobody, port: 8080, weight: 10 }
        - { name: v1, port: 8080, weight: 70 }
        - { name: v2, port: 8080, weight: 20 }
        - { name: v3, port: 8080, weight: 0 }
`),
  );
  const share = Array.from({ length: 100 }, (_, index) => world.ask('GET', '/', {}, index / 100));
  const count = (outcome: string) => share.filter((own) => own === outcome).length;
  expect(['v1', 'v2', 'v3', '500'].map(count)).toEqual([70, 20, 0, 10]);
});

describe('HTTPRouteServiceTypes and MeshBasic: a Service as parent', () => {
  const world = gatewayWorld(
    httpRoute(`  rules:
    - { matches: [{ path: { value: /two } }], ${to('v2')} }
    - { matches: [{ headers: [{ name: to, value: self }] }], ${to('v1')} }
`).replace('{ name: same }', "{ group: '', kind: Service, name: v1, port: 8080 }"),
  );
  test.each<[string, string, string, Record<string, string>?]>([
    ['v1.default:8080', '/two/1', 'v2'],
    ['v1.default:8080', '/', 'v1', { to: 'self' }],
    ['v1.default:8080', '/', '404'],
    ['v2.default:8080', '/two', 'v2'],
    ['v1.other:8080', '/two', 'v1.other'],
  ])('a call to %s%s → %s', (cluster, path, expected, headers) => {
    expect(world.call(cluster, path, headers)).toBe(expected);
  });
});
