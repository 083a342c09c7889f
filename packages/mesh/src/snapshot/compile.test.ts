import { describe, expect, test } from 'vitest';
import { endpointSlice, gateway, httpServer, service, unreadyPod, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';
import type { MeshResources } from './compile.ts';
import type { HttpRule } from '@hikyaku/resources';
import type { Snapshot } from './snapshot.ts';

function compiled(resources: Partial<MeshResources>): Snapshot {
  return compile({ services: [], endpointSlices: [], pods: [], gateways: [], virtualServices: [], ...resources });
}

/** One rule of a VirtualService on a gateway for every host, with the Services `web` and `api` about. */
function compiledRule(rule: HttpRule) {
  const snapshot = compiled({
    gateways: [gateway('shop')],
    virtualServices: [virtualService('shop', { gateways: ['shop'], http: [rule] })],
    services: [service('web'), service('api', { port: 3000 })],
  });
  return { routes: snapshot.virtualHosts[0]?.routes ?? [], warnings: snapshot.warnings };
}

const toWeb = { route: [{ destination: { host: 'web' } }] };

describe('Services', () => {
  test('only ready endpoints are kept, at the port of the same name', () => {
    const { clusters } = compiled({
      services: [service('web', { port: 80, portName: 'http' })],
      endpointSlices: [
        endpointSlice(
          'web',
          [
            { address: '127.16.0.1', port: 3000 },
            { address: '127.16.0.2', port: 3000, ready: false },
          ],
          'http',
        ),
        endpointSlice('web', [{ address: '127.16.0.1', port: 9090 }], 'metrics'),
      ],
    });
    expect(clusters).toEqual({
      'web.default:80': { service: 'web.default', endpoints: [{ address: '127.16.0.1', port: 3000 }] },
    });
  });

  test('a Service address is listened on, a headless one has none', () => {
    const { services } = compiled({
      services: [service('web', { clusterIP: '127.96.0.1', port: 80 }), service('db', { clusterIP: 'None' })],
    });
    expect(services).toEqual([
      { address: '127.96.0.1', port: 80, service: 'default/web', cluster: 'web.default:80', protocol: 'tcp' },
    ]);
  });

  test.each([
    ['http', 'http'],
    ['http-api', 'http'],
    ['postgres', 'tcp'],
    ['http2', 'http'],
    ['grpc', 'http'],
    ['https', 'tcp'],
  ])('a port named %s is carried as %s', (portName, protocol) => {
    expect(compiled({ services: [service('web', { clusterIP: '127.96.0.1', portName })] }).services).toMatchObject([
      { protocol },
    ]);
  });

  test.each([
    ['no Pod matches its selector', [], []],
    ['its Pods have no such port', [{ address: '127.16.0.1', port: 1 }], []],
    [
      'web: readiness: HTTP 503',
      [{ address: '127.16.0.1', port: 1, ready: false, pod: 'web-1' }],
      [unreadyPod('web-1', 'web: readiness: HTTP 503')],
    ],
    ['its Pods are not ready', [{ address: '127.16.0.1', port: 1, ready: false }], []],
  ])('why there is no endpoint: %s', (reason, endpoints, pods) => {
    const { clusters } = compiled({
      services: [service('web')],
      endpointSlices: [endpointSlice('web', endpoints, 'other')],
      pods,
    });
    expect(clusters['web.default:80']).toEqual({ service: 'web.default', endpoints: [], unavailable: reason });
  });
});

describe('hosts', () => {
  const domains = (gatewayHosts: string[], hosts: string[], namespace = 'default') =>
    compiled({
      gateways: [gateway('shop', [httpServer(gatewayHosts)])],
      virtualServices: [virtualService('shop', { gateways: ['default/shop'], hosts, http: [toWeb] }, namespace)],
    }).virtualHosts.map(({ domain }) => domain);

  test.each([
    ['what both allow: the narrower of the two', ['*'], ['shop.example.com'], ['shop.example.com']],
    ['in the other direction', ['shop.example.com'], ['*'], ['shop.example.com']],
    [
      'wildcards within wildcards',
      ['*.example.com'],
      ['*.shop.example.com', 'a.example.com', 'example.com'],
      ['*.shop.example.com', 'a.example.com'],
    ],
    ['nothing in common', ['a.example.com'], ['b.example.com'], []],
    ['upper case', ['*'], ['Shop.Example.com'], ['shop.example.com']],
  ])('%s', (_, gatewayHosts, hosts, expected) => {
    expect(domains(gatewayHosts, hosts)).toEqual(expected);
  });

  test('a gateway host may say from which namespace it is bound', () => {
    expect(domains(['other/a.example.com', './b.example.com', '*/c.example.com'], ['*'])).toEqual([
      'b.example.com',
      'c.example.com',
    ]);
    expect(domains(['other/a.example.com'], ['*'], 'other')).toEqual(['a.example.com']);
  });
});

describe('gateways', () => {
  test("each port number has its own rules, the lowest at the gateway's port", () => {
    const bound = (name: string, host: string) => virtualService(name, { hosts: [host], gateways: ['shop'], http: [toWeb] });
    const { virtualHosts, gatewayPorts } = compiled({
      gateways: [gateway('shop', [httpServer(['b.example', 'c.example'], 9000), httpServer(['a.example', 'b.example'])])],
      virtualServices: ['a', 'b', 'c'].map((name) => bound(name, `${name}.example`)),
    });
    expect(virtualHosts.map(({ domain }) => domain)).toEqual(['a.example', 'b.example']);
    expect(Object.entries(gatewayPorts ?? {}).map(([port, own]) => [port, own.virtualHosts.map(({ domain }) => domain)])).toEqual(
      [['9000', ['b.example', 'c.example']]],
    );
  });

  test('rules that ask for the port hold on that one', () => {
    const match = [{ port: 9000 }];
    const { virtualHosts, gatewayPorts } = compiled({
      gateways: [gateway('shop', [httpServer(['*']), httpServer(['*'], 9000)])],
      virtualServices: [virtualService('web', { gateways: ['shop'], http: [{ ...toWeb, match }, toWeb] })],
    });
    expect(virtualHosts[0]?.routes).toHaveLength(1);
    expect(gatewayPorts?.[9000]?.virtualHosts[0]?.routes).toHaveLength(2);
  });

  test('a number that is for plain HTTP already is not for TLS', () => {
    const tls = { port: { number: 80, name: 'https', protocol: 'HTTPS' }, hosts: ['*'], tls: { mode: 'SIMPLE' as const } };
    const { warnings } = compiled({ gateways: [gateway('a'), gateway('b', [tls])] });
    expect(warnings).toEqual([
      'Gateway default/b: server port 80 is not served: port 80 is for plain HTTP already, by Gateway default/a',
    ]);
  });

  test('a server that no port here can serve is named, not dropped in silence', () => {
    const server = { port: { number: 27017, name: 'mongo', protocol: 'MONGO' }, hosts: ['*'] };
    const { warnings } = compiled({ gateways: [gateway('shop', [server])] });
    expect(warnings).toEqual(['Gateway default/shop: server port 27017 is not served: protocol MONGO is not carried out yet']);
  });

  test('several VirtualServices of one host are merged, oldest first, what matches everything last', () => {
    const at = (name: string, creationTimestamp: string, prefix: string) => {
      const built = virtualService(name, { gateways: ['shop'], http: [{ match: [{ uri: { prefix } }], ...toWeb }] });
      return { ...built, metadata: { ...built.metadata, creationTimestamp } };
    };
    const { virtualHosts } = compiled({
      gateways: [gateway('shop')],
      virtualServices: [
        at('second', '2026-01-02T00:00:00Z', '/b'),
        at('all', '2025-01-01T00:00:00Z', '/'),
        at('first', '2026-01-01T00:00:00Z', '/a'),
      ],
    });
    expect(virtualHosts[0]?.routes.map(({ matches }) => matches)).toEqual([
      [{ uri: { prefix: '/a' } }],
      [{ uri: { prefix: '/b' } }],
      [{ uri: { prefix: '/' } }],
    ]);
  });
});

describe('calls between services', () => {
  const services = [
    service('web', { clusterIP: '127.96.0.1', portName: 'http' }),
    service('db', { clusterIP: '127.96.0.2', portName: 'tcp' }),
  ];

  test('a VirtualService without gateways rules the Services it names, where they speak HTTP', () => {
    const snapshot = compiled({
      services,
      virtualServices: [virtualService('web', { hosts: ['web', 'db.default'], http: [toWeb] })],
    });
    expect(snapshot).toMatchObject({ virtualHosts: [], warnings: [] });
    expect(snapshot.serviceRoutes).toMatchObject({
      'web.default:80': [{ name: 'VirtualService default/web, rule 1', action: { kind: 'forward' } }],
    });
    expect(Object.keys(snapshot.serviceRoutes)).toEqual(['web.default:80']);
  });

  test('rules for gateways alone do not hold there', () => {
    expect(
      compiled({ services, virtualServices: [virtualService('web', { gateways: ['shop'], hosts: ['web'], http: [toWeb] })] })
        .serviceRoutes,
    ).toEqual({});
  });

  test('of two for one Service the older holds, and that is said', () => {
    const rule = (name: string) => virtualService(name, { hosts: ['web'], http: [{ name, ...toWeb }] });
    const snapshot = compiled({ services, virtualServices: [rule('b'), rule('a')] });
    expect(snapshot.serviceRoutes['web.default:80']).toMatchObject([{ name: 'VirtualService default/a, rule 1 (a)' }]);
    expect(snapshot.warnings).toEqual(['VirtualService default/b: calls to default/web are ruled by default/a, which is older']);
  });

  test('a host that is no Service is named', () => {
    expect(compiled({ services, virtualServices: [virtualService('web', { hosts: ['web', 'example.com'] })] }).warnings).toEqual([
      'VirtualService default/web: host example.com is no Service, so no call between services is ruled by it',
    ]);
  });
});

describe('rules', () => {
  test("Istio's defaults: two retries, no timeout, the Service's only port", () => {
    expect(compiledRule({ route: [{ destination: { host: 'api' } }] }).routes).toEqual([
      {
        name: 'VirtualService default/shop, rule 1',
        matches: [],
        action: {
          kind: 'forward',
          destinations: [{ cluster: 'api.default:3000', weight: 1 }],
          retry: {
            attempts: 2,
            retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'],
          },
        },
      },
    ]);
  });

  test.each(['web', 'web.default', 'web.default.svc', 'web.default.svc.cluster.local'])('%s names the Service', (host) => {
    expect(compiledRule({ route: [{ destination: { host } }] })).toMatchObject({
      routes: [{ action: { destinations: [{ cluster: 'web.default:80' }] } }],
      warnings: [],
    });
  });

  test('a destination that is no Service is warned of and keeps its name for the answer', () => {
    const { routes, warnings } = compiledRule({
      name: 'pay',
      route: [{ destination: { host: 'payment', port: { number: 81 } } }],
    });
    expect(routes).toMatchObject([{ action: { destinations: [{ cluster: 'payment:81' }] } }]);
    expect(warnings).toEqual(['VirtualService default/shop, rule 1 (pay): destination host payment is no Service']);
  });

  test('timeout, retries and rewrite', () => {
    const { routes } = compiledRule({
      ...toWeb,
      timeout: '1.5s',
      retries: { attempts: 5, perTryTimeout: '250ms', retryOn: '5xx, reset' },
      rewrite: { uri: '/' },
    });
    expect(routes).toMatchObject([
      {
        action: {
          timeoutMs: 1500,
          rewrite: { uri: '/' },
          retry: { attempts: 5, perTryTimeoutMs: 250, retryOn: ['5xx', 'reset'] },
        },
      },
    ]);
  });

  test('weights: absent among several is none', () => {
    const route = [
      { destination: { host: 'web' }, weight: 90 },
      { destination: { host: 'api' }, weight: 10 },
      { destination: { host: 'web' } },
    ];
    expect(compiledRule({ route }).routes).toMatchObject([
      {
        action: {
          destinations: [
            { cluster: 'web.default:80', weight: 90 },
            { cluster: 'api.default:3000', weight: 10 },
          ],
        },
      },
    ]);
  });

  test('redirect and direct response', () => {
    expect(compiledRule({ redirect: { uri: '/new', redirectCode: 302 } }).routes).toMatchObject([
      { action: { kind: 'redirect', status: 302, uri: '/new' } },
    ]);
    expect(compiledRule({ directResponse: { status: 503, body: { string: 'closed' } } }).routes).toMatchObject([
      { action: { kind: 'respond', status: 503, body: 'closed' } },
    ]);
  });

  test('header names lose their case, {} asks for presence', () => {
    const { routes } = compiledRule({ ...toWeb, match: [{ headers: { 'X-Canary': {}, 'End-User': { exact: 'Jason' } } }] });
    expect(routes).toMatchObject([{ matches: [{ headers: { 'x-canary': { present: true }, 'end-user': { exact: 'Jason' } } }] }]);
  });

  test.each<[string, NonNullable<HttpRule['match']>[number]]>([
    ['a pattern that is not RE2', { uri: { regex: '(?=x)' } }],
    ['another port of the gateway', { port: 9000 }],
    ['another gateway', { gateways: ['other'] }],
    ['calls between services', { gateways: ['mesh'] }],
    ['labels of the caller', { sourceLabels: { app: 'web' } }],
  ])('an alternative that cannot hold never widens the rule: %s', (_, match) => {
    expect(compiledRule({ ...toWeb, match: [match] }).routes).toEqual([]);
    expect(compiledRule({ ...toWeb, match: [match, { uri: { prefix: '/a' } }] }).routes).toMatchObject([
      { matches: [{ uri: { prefix: '/a' } }] },
    ]);
  });

  test('a pattern that is not RE2 is warned of', () => {
    expect(compiledRule({ ...toWeb, match: [{ uri: { regex: '(?=x)' } }] }).warnings).toEqual([
      expect.stringContaining('rule 1: the regular expression "(?=x)" is not RE2'),
    ]);
  });
});

describe('headers', () => {
  test('are kept for the rule and for each destination', () => {
    const headers = { request: { set: { 'X-A': '1' } } };
    const changes = { request: { remove: [], set: [['X-A', '1']], add: [] } };
    const { routes, warnings } = compiledRule({ headers, route: [{ destination: { host: 'web' }, headers }] });
    expect(routes).toMatchObject([{ headers: changes, action: { destinations: [{ headers: changes }] } }]);
    expect(warnings).toEqual([]);
  });

  test('a Host that is set is a rewrite, by the rule or by one destination', () => {
    const headers = (host: string) => ({ request: { set: { Host: host } } });
    const { routes, warnings } = compiledRule({
      headers: headers('rule.example'),
      route: [{ destination: { host: 'web' }, headers: headers('one.example') }],
    });
    expect(routes).toMatchObject([
      { action: { rewrite: { authority: 'rule.example' }, destinations: [{ authority: 'one.example' }] } },
    ]);
    expect(warnings).toEqual([]);
  });
});
