/** Cases after the Gateway API's conformance tests, by their names: rewrites, redirects, header changes and timeouts. */
import { describe, expect, test } from 'vitest';
import { conforms, gateway, httpRoute, to } from '../../testing/gateway-api-cases.ts';
import { gatewayWorld } from '../../testing/gateway-api.ts';

describe('HTTPRouteRewriteHost', () => {
  conforms(
    gateway +
      httpRoute(`  hostnames: [rewrite.example]
  rules:
    - { matches: [{ path: { value: /one } }], filters: [{ type: URLRewrite, urlRewrite: { hostname: one.example.org } }], ${to('v1')} }
    - { filters: [{ type: URLRewrite, urlRewrite: { hostname: example.org } }], ${to('v2')} }
`),
    [
      ['http://rewrite.example/one', 'v1 one.example.org'],
      ['http://rewrite.example/', 'v2 example.org'],
    ],
  );
});

const rewrite = (path: string, filter: string, value: string, match = `{ value: ${path} }`) =>
  `    - { matches: [{ path: ${match} }], filters: [{ type: URLRewrite, urlRewrite: { path: { type: ${filter}, ${value} } } }], ${to('v1')} }\n`;

describe('HTTPRouteRewritePath', () => {
  conforms(
    gateway +
      httpRoute(
        `  rules:
` +
          rewrite('/prefix/one', 'ReplacePrefixMatch', 'replacePrefixMatch: /one') +
          rewrite('/full/one', 'ReplaceFullPath', 'replaceFullPath: /one') +
          rewrite('/strip-prefix', 'ReplacePrefixMatch', 'replacePrefixMatch: /') +
          rewrite('/empty', 'ReplacePrefixMatch', "replacePrefixMatch: ''") +
          rewrite('/slash/', 'ReplacePrefixMatch', 'replacePrefixMatch: /xyz/') +
          rewrite('/', 'ReplacePrefixMatch', 'replacePrefixMatch: /root'),
      ),
    [
      ['/prefix/one/two', 'v1 /one/two'],
      ['/prefix/one', 'v1 /one'],
      ['/full/one/two', 'v1 /one'],
      ['/full/one/two?a=1', 'v1 /one?a=1'],
      ['/strip-prefix', 'v1 /'],
      ['/strip-prefix/', 'v1 /'],
      ['/strip-prefix/three', 'v1 /three'],
      ['/empty', 'v1 /'],
      ['/empty/', 'v1 /'],
      ['/empty/bar', 'v1 /bar'],
      ['/slash', 'v1 /xyz'],
      ['/slash/', 'v1 /xyz/'],
      ['/slash/bar', 'v1 /xyz/bar'],
      ['/elsewhere', 'v1 /root/elsewhere'],
      ['/', 'v1 /root/'],
    ],
  );
});

const redirect = (path: string, filter: string) =>
  `    - { matches: [{ path: { value: ${path} } }], filters: [{ type: RequestRedirect, requestRedirect: { ${filter} } }] }\n`;

describe('HTTPRouteRedirectHostAndStatus, …Path, …Scheme and …Port', () => {
  conforms(
    gateway +
      httpRoute(
        `  hostnames: [a.example]
  rules:
` +
          redirect('/host', 'hostname: example.org') +
          redirect('/status', 'hostname: example.org, statusCode: 301') +
          redirect('/original-prefix', 'path: { type: ReplacePrefixMatch, replacePrefixMatch: /replacement-prefix }') +
          redirect('/full', 'path: { type: ReplaceFullPath, replaceFullPath: /full-path-replacement }') +
          redirect('/scheme', 'scheme: https') +
          redirect('/scheme-and-host', 'scheme: https, hostname: example.org') +
          redirect('/port', 'port: 8083') +
          redirect('/port-80', 'port: 80') +
          redirect('/https-443', 'scheme: https, port: 443') +
          redirect('/https-8443', 'scheme: https, port: 8443'),
      ),
    [
      ['http://a.example/host', '302 http://example.org/host'],
      ['http://a.example:8080/host', '302 http://example.org:8080/host'],
      ['http://a.example/status', '301 http://example.org/status'],
      ['http://a.example/original-prefix/lemon?a=1', '302 http://a.example/replacement-prefix/lemon?a=1'],
      ['http://a.example:8080/full/x', '302 http://a.example:8080/full-path-replacement'],
      ['http://a.example:8080/scheme', '302 https://a.example/scheme'],
      ['http://a.example/scheme-and-host', '302 https://example.org/scheme-and-host'],
      ['http://a.example/port', '302 http://a.example:8083/port'],
      ['http://a.example/port-80', '302 http://a.example/port-80'],
      ['http://a.example/https-443', '302 https://a.example/https-443'],
      ['http://a.example/https-8443', '302 https://a.example:8443/https-8443'],
    ],
  );
});

test('HTTPRouteRequestHeaderModifier and …ResponseHeaderModifier, of the rule and of a backend: first of a name, literal values', () => {
  const world = gatewayWorld(
    gateway +
      httpRoute(`  rules:
    - filters:
        - type: RequestHeaderModifier
          requestHeaderModifier:
            set: [{ name: X-Set, value: '100%' }, { name: x-set, value: second }]
            add: [{ name: X-Add, value: '%START_TIME%' }]
            remove: [X-Remove]
        - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: X-Response, value: rule }] } }
      backendRefs:
        - name: v1
          port: 8080
          filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { remove: [Server] } }]
`),
  );
  expect(world.decide('GET', '/')).toMatchObject({
    requestHeaders: [{ set: [['X-Set', '100%']], add: [['X-Add', '%START_TIME%']], remove: ['x-remove'] }],
    responseHeaders: [
      { set: [], add: [], remove: ['server'] },
      { set: [['X-Response', 'rule']], add: [], remove: [] },
    ],
  });
  expect(world.warnings).toEqual([]);
});

test('HTTPRouteRequestMirror, …MultipleMirrors and …PercentageMirror; a copy that cannot be sent keeps no request back', () => {
  const world = gatewayWorld(
    gateway +
      httpRoute(`  rules:
    - filters:
        - { type: RequestMirror, requestMirror: { backendRef: { name: v2, port: 8080 } } }
        - { type: RequestMirror, requestMirror: { backendRef: { name: v3, port: 8080 }, percent: 20 } }
        - { type: RequestMirror, requestMirror: { backendRef: { name: v3, port: 8080 }, fraction: { numerator: 1, denominator: 1000 } } }
        - { type: RequestMirror, requestMirror: { backendRef: { name: nobody, port: 8080 } } }
      ${to('v1')}
`),
  );
  expect(world.decide('GET', '/')).toMatchObject({
    cluster: 'v1.default:8080',
    policies: {
      mirrors: [
        { cluster: 'v2.default:8080', percent: 100 },
        { cluster: 'v3.default:8080', percent: 20 },
        { cluster: 'v3.default:8080', percent: 0.1 },
      ],
    },
  });
  expect(world.warnings).toEqual([expect.stringContaining('there is no Service nobody')]);
});

test('HTTPRouteCORS', () => {
  const cors = (written: string) =>
    gatewayWorld(`${gateway}${httpRoute(`  rules: [{ filters: [{ type: CORS, cors: ${written} }], ${to('v1')} }]\n`)}`);
  expect(
    cors("{ allowOrigins: ['https://*.shop.example', 'http://a.example'], allowMethods: [GET, PUT] }").decide('GET', '/'),
  ).toMatchObject({
    policies: {
      cors: {
        allowOrigins: [{ regex: 'https://.*\\.shop\\.example' }, { exact: 'http://a.example' }],
        allowMethods: 'GET,PUT',
        maxAge: '5',
        allowCredentials: false,
        unmatchedPreflights: 'IGNORE',
      },
    },
  });
  const withCredentials = cors(
    "{ allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], allowCredentials: true, maxAge: 60 }",
  );
  expect(withCredentials.decide('GET', '/')).toMatchObject({
    policies: {
      cors: { allowOrigins: [{ exact: '*' }], allowRequested: { methods: true, headers: true }, maxAge: '60' },
    },
  });
  const exposing = cors("{ allowOrigins: ['*'], exposeHeaders: ['*'], allowCredentials: true }");
  expect(exposing.warnings).toEqual([expect.stringContaining('cors.exposeHeaders: browsers take *')]);
});

test('HTTPRouteTimeoutRequest and …BackendRequest', () => {
  const world = gatewayWorld(
    gateway +
      httpRoute(`  rules:
    - { matches: [{ path: { value: /both } }], timeouts: { request: 1m30s, backendRequest: 500ms }, ${to('v1')} }
    - { timeouts: { request: 0s, backendRequest: 0s }, ${to('v1')} }
`),
  );
  expect(world.decide('GET', '/both')).toMatchObject({ timeoutMs: 90_000, retry: { attempts: 2, perTryTimeoutMs: 500 } });
  const unlimited = world.decide('GET', '/');
  expect(unlimited).not.toHaveProperty('timeoutMs');
  expect(unlimited).not.toHaveProperty('retry.perTryTimeoutMs');
});

test('HTTPRouteRetry', () => {
  const world = gatewayWorld(
    gateway +
      httpRoute(`  rules:
    - { matches: [{ path: { value: /written } }], retry: { attempts: 3, backoff: 100ms, codes: [500, 503] }, ${to('v1')} }
    - { matches: [{ path: { value: /once } }], retry: {}, timeouts: { backendRequest: 500ms }, ${to('v1')} }
    - { matches: [{ path: { value: /never } }], retry: { attempts: 0, codes: [503] }, ${to('v1')} }
`),
  );
  const unprocessed = ['connect-failure', 'refused-stream'];
  expect(['/written', '/once', '/never'].map((path) => world.decide('GET', path))).toMatchObject([
    { retry: { attempts: 3, backoffMs: 100, retryOn: [...unprocessed, '500', '503'] } },
    { retry: { attempts: 1, perTryTimeoutMs: 500, retryOn: unprocessed } },
    { retry: { attempts: 0 } },
  ]);
});

test('a filter that is not known refuses the requests of its rule, a match that cannot be read drops out, and both are said', () => {
  const world = gatewayWorld(
    gateway +
      httpRoute(
        `  rules:
    - { matches: [{ path: { value: /ext } }], filters: [{ type: ExtensionRef, extensionRef: { group: x.example, kind: Limit, name: l } }], ${to('v1')} }
    - { matches: [{ path: { value: /a } }, { path: { type: RegularExpression, value: '(?=x)' } }], ${to('v2')} }
`,
        'odd',
      ),
  );
  expect(['/ext', '/a', '/x'].map((path) => world.ask('GET', path))).toEqual(['500', 'v2', '404']);
  expect(world.warnings).toEqual([
    'HTTPRoute default/odd, rule 1: filter Limit.x.example is not known here, so its requests are answered with 500',
    expect.stringMatching(/^HTTPRoute default\/odd, rule 2: never matches: .*is not RE2/),
  ]);
});
