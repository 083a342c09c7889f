/** Cases after the Gateway API's conformance tests, by their names: what is matched, in which order, under which host. */
import { describe, expect, test } from 'vitest';
import { conforms, gateway, httpRoute, to } from '../../testing/gateway-api-cases.ts';
import { gatewayWorld } from '../../testing/gateway-api.ts';

describe('HTTPRouteSimpleSameNamespace', () => {
  conforms(gateway + httpRoute(`  rules: [{ ${to('v1')} }]`), [
    ['/', 'v1'],
    ['/any', 'v1'],
  ]);
});

describe('HTTPRouteMatching', () => {
  conforms(
    gateway +
      httpRoute(`  rules:
    - { matches: [{ path: { type: PathPrefix, value: / } }, { headers: [{ name: version, value: one }] }], ${to('v1')} }
    - { matches: [{ path: { type: PathPrefix, value: /v2 } }, { headers: [{ name: version, value: two }] }], ${to('v2')} }
    - { matches: [{ path: { value: /v2/ } , headers: [{ name: Version, value: two }] }], ${to('v3')} }
`),
    [
      ['/', 'v1'],
      ['/example', 'v1'],
      ['/', 'v1', { Version: 'one' }],
      ['/v2', 'v2'],
      ['/v2example', 'v1'],
      ['/foo/v2/example', 'v1'],
      ['/', 'v2', { Version: 'two' }],
      ['/v2', 'v3', { Version: 'two' }],
    ],
  );
});

describe('HTTPRouteExactPathMatching', () => {
  conforms(
    gateway +
      httpRoute(`  rules:
    - { matches: [{ path: { type: Exact, value: /one } }], ${to('v1')} }
    - { matches: [{ path: { type: Exact, value: /two } }], ${to('v2')} }
`),
    [
      ['/one', 'v1'],
      ['/two', 'v2'],
      ['/', '404'],
      ['/one/example', '404'],
      ['/two/', '404'],
      ['/Two', '404'],
    ],
  );
});

describe('HTTPRouteHeaderMatching', () => {
  conforms(
    gateway +
      httpRoute(`  rules:
    - { matches: [{ headers: [{ name: version, value: one }] }], ${to('v1')} }
    - { matches: [{ headers: [{ name: version, value: two }] }], ${to('v2')} }
    - { matches: [{ headers: [{ name: version, value: two }, { name: color, value: orange }] }], ${to('v1')} }
    - { matches: [{ headers: [{ name: color, value: blue }] }, { headers: [{ name: color, value: green }] }], ${to('v1')} }
    - { matches: [{ headers: [{ name: color, value: red }] }, { headers: [{ name: color, value: yellow }] }], ${to('v2')} }
    - { matches: [{ headers: [{ name: shade, type: RegularExpression, value: 'dark-(a|b)+' }, { name: SHADE, value: ignored }] }], ${to('v3')} }
`),
    [
      ['/', 'v1', { Version: 'one' }],
      ['/', 'v2', { Version: 'two' }],
      ['/', 'v1', { Version: 'two', Color: 'orange' }],
      ['/', 'v2', { Color: 'yellow' }],
      ['/', '404', { Color: 'purple' }],
      ['/', 'v1', { Color: 'blue' }],
      ['/', 'v3', { Shade: 'dark-abba' }],
      ['/', '404', { Shade: 'dark-abbas' }],
      ['/', '404'],
    ],
  );
});

describe('HTTPRouteQueryParamMatching', () => {
  conforms(
    gateway +
      httpRoute(`  rules:
    - { matches: [{ queryParams: [{ name: animal, value: whale }] }], ${to('v1')} }
    - { matches: [{ queryParams: [{ name: animal, value: dolphin }] }], ${to('v2')} }
    - { matches: [{ queryParams: [{ name: animal, value: dolphin }, { name: color, value: blue }] }], ${to('v3')} }
    - { matches: [{ queryParams: [{ name: ANIMAL, value: Whale }] }], ${to('v3')} }
    - { matches: [{ queryParams: [{ name: id, type: RegularExpression, value: '[0-9]+' }] }], ${to('v2')} }
`),
    [
      ['/?animal=whale', 'v1'],
      ['/?animal=dolphin', 'v2'],
      ['/?animal=whale&otherparam=irrelevant', 'v1'],
      ['/?animal=dolphin&color=blue', 'v3'],
      ['/?ANIMAL=Whale', 'v3'],
      ['/?animal=dog', '404'],
      ['/?animal=whaledolphin', '404'],
      ['/?id=42', 'v2'],
      ['/?id=42a', '404'],
      ['/', '404'],
    ],
  );
});

describe('HTTPRouteMethodMatching', () => {
  conforms(
    gateway +
      httpRoute(`  rules:
    - { matches: [{ method: POST }], ${to('v1')} }
    - { matches: [{ method: GET }], ${to('v2')} }
    - { matches: [{ method: GET, headers: [{ name: version, value: one }] }], ${to('v3')} }
    - { matches: [{ path: { value: /path1 }, method: GET }], ${to('v1')} }
    - { matches: [{ path: { value: /path1 } }, { method: PUT }], ${to('v2')} }
`),
    [
      ['POST /', 'v1'],
      ['GET /', 'v2'],
      ['HEAD /', '404'],
      ['GET /', 'v3', { version: 'one' }],
      ['GET /path1', 'v1'],
      ['DELETE /path1', 'v2'],
      ['PUT /', 'v2'],
    ],
  );
});

describe('HTTPRoutePathMatchOrder', () => {
  conforms(
    gateway +
      httpRoute(`  rules:
    - { matches: [{ path: { value: / } }], ${to('v1')} }
    - { matches: [{ path: { value: /match } }], ${to('v2')} }
    - { matches: [{ path: { value: /match/prefix } }], ${to('v1')} }
    - { matches: [{ path: { value: /match/prefix/one } }], ${to('v3')} }
    - { matches: [{ path: { type: Exact, value: /match } }], ${to('v3')} }
    - { matches: [{ path: { type: RegularExpression, value: '/match.*' } }], ${to('v1')} }
`),
    [
      ['/match', 'v3'],
      ['/match/', 'v2'],
      ['/match/prefix/one/any', 'v3'],
      ['/match/prefix/any', 'v1'],
      ['/match/any', 'v2'],
    ],
  );
});

describe('HTTPRouteMatchingAcrossRoutes', () => {
  conforms(
    gateway +
      httpRoute(`  hostnames: [example.com, example.net]
  rules: [{ matches: [{ path: { value: / } }, { headers: [{ name: version, value: one }] }], ${to('v1')} }]
`) +
      httpRoute(`  hostnames: [example.com]
  rules: [{ matches: [{ path: { value: /v2 } }, { headers: [{ name: version, value: two }] }], ${to('v2')} }]
`),
    [
      ['http://example.com/', 'v1'],
      ['http://example.com/example', 'v1'],
      ['http://example.net/example', 'v1'],
      ['http://example.com/example', 'v1', { Version: 'one' }],
      ['http://example.com/v2', 'v2'],
      ['http://example.net/v2', 'v1'],
      ['http://example.com/v2example', 'v1'],
      ['http://example.com/foo/v2/example', 'v1'],
      ['http://example.com/', 'v2', { Version: 'two' }],
      ['http://unknown.com/', '404'],
    ],
  );
});

test('HTTPRouteMatchingAcrossRoutes: of equals the older route is asked first, then the first by name', () => {
  const route = (name: string, backend: string, created: string) =>
    httpRoute(`  rules: [{ ${to(backend)} }]\n`, name).replace(`name: ${name}`, `name: ${name}, creationTimestamp: '${created}'`);
  const [old, young] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
  expect(gatewayWorld(gateway + route('a', 'v1', young) + route('b', 'v2', old)).ask('GET', '/')).toBe('v2');
  expect(gatewayWorld(gateway + route('b', 'v2', old) + route('a', 'v1', old)).ask('GET', '/')).toBe('v1');
});

describe('HTTPRouteListenerHostnameMatching', () => {
  const listener = (index: number, hostname: string) =>
    `{ name: listener-${index}, port: 80, protocol: HTTP, hostname: '${hostname}' }`;
  const route = (backend: string, ...sections: number[]) =>
    httpRoute(`  rules: [{ ${to(backend)} }]\n`).replace(
      'parentRefs: [{ name: same }]',
      `parentRefs: [${sections.map((section) => `{ name: same, sectionName: listener-${section} }`).join(', ')}]`,
    );
  conforms(
    `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: same }
spec:
  gatewayClassName: istio
  listeners: [${listener(1, 'bar.com')}, ${listener(2, 'foo.bar.com')}, ${listener(3, '*.bar.com')}, ${listener(4, '*.foo.com')}]
` +
      route('v1', 1) +
      route('v2', 2) +
      route('v3', 3, 4),
    [
      ['http://bar.com/', 'v1'],
      ['http://foo.bar.com/', 'v2'],
      ['http://baz.bar.com/', 'v3'],
      ['http://boo.bar.com/', 'v3'],
      ['http://multiple.prefixes.bar.com/', 'v3'],
      ['http://multiple.prefixes.foo.com/', 'v3'],
      ['http://foo.com/', '404'],
      ['http://no.matching.host/', '404'],
    ],
  );
});

describe('HTTPRouteHostnameIntersection', () => {
  conforms(
    `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: same }
spec:
  gatewayClassName: hikyaku
  listeners:
    - { name: specific, port: 80, protocol: HTTP, hostname: very.specific.com }
    - { name: wildcard, port: 80, protocol: HTTP, hostname: '*.wildcard.io' }
    - { name: any, port: 80, protocol: HTTP, hostname: '*.anotherwildcard.io' }
` +
      httpRoute(`  hostnames: [non.matching.com, '*.nonmatchingwildcard.io', very.specific.com]
  rules: [{ matches: [{ path: { value: /s1 } }], ${to('v1')} }]
`) +
      httpRoute(`  hostnames: [non.matching.com, wildcard.io, foo.wildcard.io, bar.wildcard.io, foo.bar.wildcard.io]
  rules: [{ matches: [{ path: { value: /s2 } }], ${to('v2')} }]
`) +
      httpRoute(`  hostnames: ['*.anotherwildcard.io', '*.specific.com']
  rules: [{ matches: [{ path: { value: /s3 } }], ${to('v3')} }]
`),
    [
      ['http://very.specific.com/s1', 'v1'],
      ['http://very.specific.com/s3', 'v3'],
      ['http://very.specific.com/non-matching', '404'],
      ['http://non.matching.com/s1', '404'],
      ['http://foo.wildcard.io/s2', 'v2'],
      ['http://foo.bar.wildcard.io/s2', 'v2'],
      ['http://wildcard.io/s2', '404'],
      ['http://one.anotherwildcard.io/s3', 'v3'],
      ['http://anotherwildcard.io/s3', '404'],
    ],
  );
});

describe('GRPCExactMethodMatching, GRPCRouteHeaderMatching and precedence', () => {
  conforms(
    `${gateway}---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: grpc }
spec:
  parentRefs: [{ name: same }]
  rules:
    - { ${to('v1')} }
    - { matches: [{ method: { method: Anywhere } }], ${to('v2')} }
    - { matches: [{ method: { service: shop.Cart } }], ${to('v2')} }
    - { matches: [{ method: { service: shop.Cart, method: Add } }], ${to('v3')} }
    - { matches: [{ method: { service: shop.Cart, method: Add }, headers: [{ name: canary, value: 'yes' }] }], ${to('v1')} }
    - { matches: [{ method: { type: RegularExpression, service: 'shop\\.(Order|Stock)', method: '(Get|List).*' } }], ${to('v3')} }
`,
    [
      ['POST /any.Service/Method', 'v1'],
      ['POST /any.Service/Anywhere', 'v2'],
      ['POST /shop.Cart/Remove', 'v2'],
      ['POST /shop.Cart/Add', 'v3'],
      ['POST /shop.Cart/Add', 'v1', { canary: 'yes' }],
      ['POST /shop.CartOther/Add', 'v1'],
      ['POST /shop.Order/GetAll', 'v3'],
      ['POST /shop.Order/Delete', 'v1'],
    ],
  );
});
