import { parseManifests } from '@hikyaku/resources';
import { expect, test } from 'vitest';
import { checkRoutes } from './check-routes.ts';

const base = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Namespace
metadata: { name: other }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: public }
spec:
  gatewayClassName: istio
  listeners:
    - { name: http, port: 80, protocol: HTTP, hostname: a.example }
    - { name: more, port: 80, protocol: HTTPS }
    - { name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: elsewhere }] } }
---
`;

function check(route: string): [line: number, severity: string, message: string][] {
  const { diagnostics } = parseManifests([{ path: 'a.yaml', text: base + route }], [checkRoutes]);
  return diagnostics.map(({ line, severity, message }) => [line, severity, message]);
}

const ofListeners: [number, string, string][] = [
  [17, 'warning', expect.stringContaining('spec.listeners[1] is not served: port 80 is for plain HTTP already') as string],
  [18, 'warning', expect.stringContaining('names the Secret elsewhere, which is not in these manifests') as string],
];

test.each<[string, [number, string, string][]]>([
  ['{ parentRefs: [{ name: public }], rules: [{ backendRefs: [{ name: web, port: 80 }] }] }', []],
  [
    '{ parentRefs: [{ name: public, sectionName: http }], hostnames: [b.example] }',
    [
      [
        23,
        'error',
        "HTTPRoute web: spec.parentRefs[0] attaches to nothing: no listener of Gateway default/public serves any of the route's hostnames",
      ],
    ],
  ],
  [
    '{ rules: [{ backendRefs: [{ name: web, namespace: other, port: 80 }] }] }',
    [
      [
        23,
        'warning',
        expect.stringContaining('names the Service web, which is not in these manifests (namespace other)') as string,
      ],
      [
        23,
        'error',
        expect.stringContaining(
          'spec.rules[0].backendRefs[0] cannot be carried out: no ReferenceGrant in namespace other lets',
        ) as string,
      ],
    ],
  ],
  [
    "{ rules: [{ matches: [{ path: { type: RegularExpression, value: '(?=x)' } }] }] }",
    [[23, 'error', expect.stringContaining('spec.rules[0].matches[0] cannot be carried out: never matches') as string]],
  ],
  [
    '{ rules: [{ matches: [{ method: GET }] }, { matches: [{ method: PUT }, { method: GET }] }] }',
    [
      [
        23,
        'warning',
        'HTTPRoute web: spec.rules[1].matches[1] can never be reached: spec.rules[0].matches[0] takes every request it matches',
      ],
    ],
  ],
])('an HTTPRoute with %s', (spec, expected) => {
  const route = `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: web }\nspec: ${spec}\n`;
  const found = check(route);
  expect(new Set(found)).toEqual(new Set([...ofListeners, ...expected]));
});
