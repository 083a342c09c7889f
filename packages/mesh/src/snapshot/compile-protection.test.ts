import { describe, expect, test } from 'vitest';
import { explain } from '../explain/explain.ts';
import { formatExplanation } from '../explain/format.ts';
import { callerView } from './caller-view.ts';
import {
  authorizationPolicy,
  bucket,
  envoyFilter,
  localRateLimitPatch,
  requestAuthentication,
  webBehindGateway,
} from '../testing/policies.ts';
import {
  destinationRule,
  endpointSlice,
  gateway,
  httpServer,
  labelledPod,
  service,
  virtualService,
} from '../testing/resources.ts';
import { compile } from './compile.ts';
import type { Snapshot } from './snapshot.ts';

const web = { selector: { matchLabels: { app: 'web' } } };
const endpoint = { address: '127.0.0.1', port: 8080 };
const rule = { issuer: 'https://id.test', jwks: '{"keys":[]}' };

function placesOf(policy: ReturnType<typeof requestAuthentication>, more: Parameters<typeof webBehindGateway>[1] = {}) {
  const { protection, warnings } = compile(webBehindGateway(endpoint, { ...more, requestAuthentications: [policy] }));
  return { gateway: protection?.gateway !== undefined, clusters: Object.keys(protection?.clusters ?? {}), warnings };
}

describe('a policy holds for', () => {
  test('the gateway, by its labels', () => {
    expect(placesOf(requestAuthentication(rule))).toEqual({ gateway: true, clusters: [], warnings: [] });
  });

  test('the gateway, by the label of a Gateway of the Gateway API', () => {
    const policy = requestAuthentication(rule, {
      selector: { matchLabels: { 'gateway.networking.k8s.io/gateway-name': 'public' } },
    });
    policy.metadata.namespace = 'shop';
    expect(placesOf(policy)).toEqual({ gateway: true, clusters: [], warnings: [] });
  });

  test('the whole mesh, in the root namespace and without a selector', () => {
    expect(placesOf(requestAuthentication(rule, {}))).toMatchObject({ gateway: true, clusters: ['web.default:80'] });
  });

  test('the workloads of its namespace otherwise, and not for the gateway', () => {
    const policy = requestAuthentication(rule, {});
    policy.metadata.namespace = 'default';
    expect(placesOf(policy)).toMatchObject({ gateway: false, clusters: ['web.default:80'] });
    policy.metadata.namespace = 'elsewhere';
    expect(placesOf(policy)).toMatchObject({ gateway: false, clusters: [] });
  });

  test('what its targetRefs name', () => {
    const policy = requestAuthentication(rule, { targetRefs: [{ group: '', kind: 'Service', name: 'web' }] });
    policy.metadata.namespace = 'default';
    expect(placesOf(policy)).toMatchObject({ gateway: false, clusters: ['web.default:80'] });
  });

  test('nothing, which is said', () => {
    const nobody = requestAuthentication(rule, { selector: { matchLabels: { app: 'ghost' } } });
    expect(placesOf(nobody)).toEqual({
      gateway: false,
      clusters: [],
      warnings: ['RequestAuthentication istio-system/jwt selects no workload, so it holds nowhere'],
    });
  });

  test('the subsets that have Pods with its labels, and for a Service as soon as one has', () => {
    const pod = (name: string, version: string, podIP: string) => ({
      ...labelledPod(name, { app: 'web', version }),
      status: { podIP },
    });
    const found = placesOf(requestAuthentication(rule, { selector: { matchLabels: { version: 'v2' } } }), {
      pods: [pod('web-1', 'v1', '127.0.0.1'), pod('web-2', 'v2', '127.0.0.2')],
      endpointSlices: [
        endpointSlice(
          'web',
          [
            { ...endpoint, ...{ pod: 'web-1' } },
            { address: '127.0.0.2', port: 8080, ...{ pod: 'web-2' } },
          ],
          'http',
        ),
      ],
      destinationRules: [
        destinationRule('web', {
          subsets: [
            { name: 'v1', labels: { version: 'v1' } },
            { name: 'v2', labels: { version: 'v2' } },
          ],
        }),
      ],
    });
    expect(found).toMatchObject({ gateway: false, clusters: ['web.default:80', 'web.default:80/v2'] });
    expect(found.warnings.join()).toMatch(/selects some Pods of web\.default:80 only; it holds for all of them/);
  });
});

test('a process does not carry calls by itself where somebody has to judge or count', () => {
  const services = [
    service('web', { portName: 'http', clusterIP: '127.96.0.1' }),
    service('free', { portName: 'http', clusterIP: '127.96.0.2' }),
  ];
  const endpointSlices = [endpointSlice('web', [endpoint], 'http'), endpointSlice('free', [endpoint], 'http')];
  const limit = envoyFilter('limit', [localRateLimitPatch({ token_bucket: bucket(1) }, 'SIDECAR_INBOUND')], { app: 'web' });
  const view = callerView(compile(webBehindGateway(endpoint, { services, endpointSlices, envoyFilters: [limit] })));
  expect(view.services.map(({ cluster }) => cluster)).toEqual(['free.default:80']);
});

test('nobody connects where requests must be judged and only bytes are seen', () => {
  const tcp = {
    services: [service('web', { portName: 'db', clusterIP: '127.96.0.1' })],
    endpointSlices: [endpointSlice('web', [endpoint], 'db')],
  };
  const require = { ...web, rules: [{ from: [{ source: { requestPrincipals: ['*'] } }] }] };
  const closed = compile(
    webBehindGateway(endpoint, { ...tcp, authorizationPolicies: [authorizationPolicy('require', require)] }),
  );
  expect(closed.services).toEqual([]);
  expect(closed.warnings.join()).toMatch(/web\.default:80 is carried as bytes.*nobody can connect/);
  const byPort = { ...web, rules: [{ to: [{ operation: { ports: ['8080'] } }] }] };
  const open = compile(webBehindGateway(endpoint, { ...tcp, authorizationPolicies: [authorizationPolicy('by-port', byPort)] }));
  expect(open.services).toHaveLength(1);
});

test('no way round by bytes leads to a Service whose requests must be judged', () => {
  const route = [{ destination: { host: 'web', port: { number: 80 } } }];
  const passing = { port: { number: 443, name: 'tls', protocol: 'TLS' }, hosts: ['*'], tls: { mode: 'PASSTHROUGH' as const } };
  const { tcpRoutes, tls, warnings } = compile(
    webBehindGateway(endpoint, {
      services: [
        service('web', { portName: 'http', clusterIP: '127.96.0.1' }),
        service('db', { clusterIP: '127.96.0.2', portName: 'db' }),
      ],
      gateways: [gateway('public', [passing])],
      virtualServices: [
        virtualService('db', { hosts: ['db'], tcp: [{ route }] }),
        virtualService('sni', {
          hosts: ['web.test'],
          gateways: ['public'],
          tls: [{ match: [{ sniHosts: ['web.test'] }], route }],
        }),
      ],
      authorizationPolicies: [
        authorizationPolicy('require', { ...web, rules: [{ from: [{ source: { requestPrincipals: ['*'] } }] }] }),
      ],
    }),
  );
  expect(tcpRoutes?.['db.default:80']?.[0]?.destinations).toEqual([{ cluster: '', weight: 1 }]);
  expect(tls?.servers).toMatchObject([{ kind: 'passthrough', destinations: [{ cluster: '', weight: 1 }] }]);
  expect(warnings.join()).toMatch(/web\.default:80 is carried as bytes.*nobody can connect/);
});

test('a rate limit for one port of the gateway is that of the routes behind it', () => {
  const onPort = (portNumber: number) => {
    const { match, ...patch } = localRateLimitPatch({ token_bucket: bucket(1) });
    const limit = envoyFilter('limit', [{ ...patch, match: { ...match, listener: { portNumber } } }]);
    const gateways = [
      gateway('public', [
        httpServer(['*']),
        { ...httpServer(['*'], 9000), port: { number: 9000, name: 'more', protocol: 'HTTP' } },
      ]),
    ];
    const { virtualHosts, gatewayPorts, protection } = compile(webBehindGateway(endpoint, { gateways, envoyFilters: [limit] }));
    const isLimited = (hosts: Snapshot['virtualHosts'] = []) => hosts[0]?.routes[0]?.policies?.rateLimits?.local !== undefined;
    expect(protection?.gateway).toBeUndefined();
    return [isLimited(virtualHosts), isLimited(gatewayPorts?.[9000]?.virtualHosts)];
  };
  expect(onPort(80)).toEqual([true, false]);
  expect(onPort(8080)).toEqual([true, false]);
  expect(onPort(9000)).toEqual([false, true]);
  expect(onPort(7000)).toEqual([false, false]);
});

test('explain tells what a request has to pass', () => {
  const resources = webBehindGateway(endpoint, {
    requestAuthentications: [requestAuthentication(rule)],
    authorizationPolicies: [authorizationPolicy('require', { rules: [{ from: [{ source: { requestPrincipals: ['*'] } }] }] })],
    envoyFilters: [envoyFilter('limit', [localRateLimitPatch({ token_bucket: bucket(1) }, 'SIDECAR_INBOUND')], { app: 'web' })],
  });
  const explanation = explain(resources, { method: 'GET', url: '/', headers: [] });
  expect(explanation.checks).toEqual([
    'at the gateway: a token, if there is one, is verified (RequestAuthentication istio-system/jwt)',
    'at the gateway: refused without a token, 403: no rule of AuthorizationPolicy istio-system/require allows it',
    'at each endpoint of web.default:80: a local rate limit of its own (EnvoyFilter istio-system/limit#1)',
  ]);
  expect(formatExplanation(explanation)).toContain('  ? at the gateway: a token, if there is one, is verified');
});
