import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, connect as connectTls } from 'node:tls';
import type { DestinationRule, ServiceEntry, TrafficPolicy, VirtualService } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MeshProxy } from '../proxy/proxy.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { makeCertificate } from '../testing/certificates.ts';
import { destinationRule, labelledPod, service, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';
import type { MeshResources } from './compile.ts';

type Spec = NonNullable<ServiceEntry['spec']>;

function entry(name: string, spec: Partial<Spec>): ServiceEntry {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name, namespace: 'default', uid: name },
    spec: { hosts: [`${name}.example.com`], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }], ...spec },
  };
}

const compiled = (entries: ServiceEntry[], change: Partial<MeshResources> = {}) =>
  compile({ services: [], endpointSlices: [], pods: [], gateways: [], virtualServices: [], serviceEntries: entries, ...change });

test('a host has an address, a listener and a cluster for every port', () => {
  const ports = [
    { number: 80, name: 'http', protocol: 'HTTP' },
    { number: 5432, name: 'sql', protocol: 'TCP', targetPort: 6432 },
  ];
  const endpoints = [{ address: '127.0.0.9', ports: { http: 8080 } }];
  const { services, clusters, warnings } = compiled([entry('api', { ports, endpoints, resolution: 'STATIC' })]);
  const [first] = services;
  expect(first?.address).toMatch(/^127\.240\.\d+\.[1-9]\d*$/);
  expect(services).toEqual([
    { address: first?.address, port: 80, service: 'api.example.com', cluster: 'api.example.com:80', protocol: 'http' },
    { address: first?.address, port: 5432, service: 'api.example.com', cluster: 'api.example.com:5432', protocol: 'tcp' },
  ]);
  expect(clusters).toMatchObject({
    'api.example.com:80': { service: 'api.example.com', endpoints: [{ address: '127.0.0.9', port: 8080 }] },
    'api.example.com:5432': { endpoints: [{ address: '127.0.0.9', port: 6432 }] },
  });
  expect(warnings).toEqual([]);
});

describe('where it leads', () => {
  const ready = (name: string, podIP: string, status: string) => ({
    ...labelledPod(name, { app: 'legacy' }),
    status: { podIP, conditions: [{ type: 'Ready', status }] },
  });
  const pods = [ready('legacy-1', '127.16.0.1', 'True'), ready('legacy-2', '127.16.0.2', 'False')];

  test.each<[string, Partial<Spec>, string[]]>([
    ['to its own name', { resolution: 'DNS' }, ['api.example.com']],
    ['to the names of its endpoints', { resolution: 'DNS', endpoints: [{ address: 'eu.example.com' }] }, ['eu.example.com']],
    ['to its own name when nothing is said', {}, ['api.example.com']],
    ['to the addresses it has outside', { resolution: 'NONE', addresses: ['192.0.2.7', '10.0.0.0/8'] }, ['192.0.2.7']],
    ['to the ready Pods it selects', { resolution: 'STATIC', workloadSelector: { labels: { app: 'legacy' } } }, ['127.16.0.1']],
    ['nowhere when it selects none', { resolution: 'STATIC', workloadSelector: { labels: { app: 'x' } } }, []],
  ])('%s', (_, spec, expected) => {
    const { clusters } = compiled([entry('api', spec)], { pods });
    expect(clusters['api.example.com:80']?.endpoints.map(({ address }) => address)).toEqual(expected);
  });
});

test.each<[string, ServiceEntry[], string]>([
  [
    'a wildcard that would have to be looked up',
    [entry('api', { hosts: ['*.example.com'], resolution: 'DNS' })],
    'ServiceEntry default/api: host *.example.com is a wildcard, which cannot be looked up: it needs endpoints, or resolution NONE instead of DNS',
  ],
  [
    'a wildcard whose connections do not say which name is meant',
    [entry('api', { hosts: ['*.example.com'], ports: [{ number: 5432, name: 'sql', protocol: 'TCP' }] })],
    'ServiceEntry default/api: port 5432 of host *.example.com is left out: TCP does not say which name is meant',
  ],
  [
    'a second entry for one host',
    [entry('b', { hosts: ['x.test'] }), entry('a', { hosts: ['x.test'] })],
    'ServiceEntry default/b: host x.test is that of ServiceEntry default/a already, which is older',
  ],
  [
    'the name of a Service',
    [entry('api', { hosts: ['web.default'] })],
    'ServiceEntry default/api: host web.default is a Service already, so the entry is left out',
  ],
])('%s is said', (_, entries, warning) => {
  expect(compiled(entries, { services: [service('web')] }).warnings).toEqual([warning]);
});

test.each<[string, string, object]>([
  ['HTTP', 'http', {}],
  ['HTTP2', 'http', { protocol: 'http2' }],
  ['GRPC', 'http', { protocol: 'http2' }],
  ['GRPC-WEB', 'http', { protocol: 'http2' }],
  ['HTTPS', 'tcp', {}],
  ['TLS', 'tcp', {}],
  ['TCP', 'tcp', {}],
])('a port with protocol %s is carried as %s', (protocol, expected, cluster) => {
  const { services, clusters } = compiled([entry('api', { ports: [{ number: 443, name: 'p', protocol }] })]);
  expect(services.map((listener) => listener.protocol)).toEqual([expected]);
  expect(clusters['api.example.com:443']).toEqual({
    service: 'api.example.com',
    endpoints: [{ address: 'api.example.com', port: 443 }],
    ...cluster,
  });
});

describe('DestinationRules hold for it', () => {
  const endpoints = [
    { address: '127.0.0.8', labels: { version: 'v1' }, weight: 3 },
    { address: '127.0.0.9', labels: { version: 'v2' }, locality: 'eu/one' },
  ];
  const rule = (spec: NonNullable<DestinationRule['spec']>, host = 'api.example.com') => ({
    destinationRules: [{ ...destinationRule('x', spec), spec: { ...spec, host } }],
  });
  const cluster = (change: Partial<MeshResources>, spec: Partial<Spec> = {}) =>
    compiled([entry('api', { endpoints, resolution: 'STATIC', ...spec })], change).clusters['api.example.com:80'];

  test('with what they say of connections, endpoints and certificates', () => {
    const trafficPolicy: TrafficPolicy = {
      connectionPool: { http: { http1MaxPendingRequests: 1 } },
      outlierDetection: { consecutive5xxErrors: 3 },
      tls: { mode: 'SIMPLE' },
    };
    expect(cluster(rule({ trafficPolicy }), { subjectAltNames: ['spiffe://api'] })).toMatchObject({
      connectionPool: { maxPendingRequests: 1 },
      outlierDetection: { consecutive5xxErrors: 3 },
      tls: { isVerified: true, subjectAltNames: ['spiffe://api'] },
      locality: { kind: 'failover' },
      endpoints: [
        { address: '127.0.0.8', port: 80, weight: 3 },
        { address: '127.0.0.9', port: 80, locality: 'eu/one' },
      ],
    });
    expect(cluster(rule({ trafficPolicy }, '*.example.com'))).toMatchObject({ connectionPool: { maxPendingRequests: 1 } });
  });

  test('with subsets by the labels of endpoints, which rules can lead to', () => {
    const subsets = [{ name: 'v2', labels: { version: 'v2' } }];
    const { clusters, serviceRoutes, warnings } = compiled([entry('api', { endpoints, resolution: 'STATIC' })], {
      ...rule({ subsets }),
      virtualServices: [
        virtualService('api', {
          hosts: ['api.example.com'],
          http: [{ route: [{ destination: { host: 'api.example.com', subset: 'v2' } }] }],
        }),
      ],
    });
    expect(clusters['api.example.com:80/v2']).toEqual({
      service: 'api.example.com (subset v2)',
      endpoints: [{ address: '127.0.0.9', port: 80 }],
    });
    expect(serviceRoutes['api.example.com:80']?.[0]?.action).toMatchObject({
      destinations: [{ cluster: 'api.example.com:80/v2' }],
    });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['UPGRADE', true, undefined],
    ['UPGRADE', false, 'http2'],
    ['DO_NOT_UPGRADE', false, undefined],
  ] as const)('h2UpgradePolicy %s, with useClientProtocol %s: %s', (h2UpgradePolicy, useClientProtocol, expected) => {
    const trafficPolicy = { connectionPool: { http: { h2UpgradePolicy, useClientProtocol } } };
    expect(cluster(rule({ trafficPolicy }))?.protocol).toBe(expected);
  });

  test('and one for a host that is none of these is named', () => {
    expect(compiled([entry('api', {})], rule({}, 'other.example.com')).warnings).toEqual([
      'DestinationRule default/x: host other.example.com is that of no Service and of no ServiceEntry, so it rules nothing',
    ]);
  });
});

let proxy: MeshProxy | undefined;
afterEach(() => proxy?.close(0));

test('calls to the host go by its rules, to what the entry names', async () => {
  await using api = await startBackend((request, response) => response.end(`${request.headers.host} ${request.url}`));
  const rules: VirtualService = virtualService('api', {
    hosts: ['api.example.com'],
    http: [{ rewrite: { uri: '/v2/' }, route: [{ destination: { host: 'api.example.com' } }] }],
  });
  const ports = [{ number: 8080, name: 'http', protocol: 'HTTP' }];
  const endpoints = [{ address: 'localhost', ports: { http: api.port } }];
  const snapshot = compiled([entry('api', { ports, endpoints, resolution: 'DNS', addresses: ['127.240.250.1'] })], {
    virtualServices: [rules],
  });
  expect(snapshot.warnings).toEqual([]);
  proxy = new MeshProxy({ gatewayPort: 0 });
  await proxy.apply(snapshot);
  const reply = await send(8080, '/users', { host: '127.240.250.1', headers: { host: 'api.example.com:8080' } });
  expect(reply.text).toBe('api.example.com:8080 /v2/users');
});

describe('a wildcard leads where its callers say', () => {
  const hosts = ['*.wild.test'];
  const address = '127.240.250.2';
  const found: Record<string, string> = { 'one.wild.test': '127.9.0.1', 'a.two.wild.test': '127.9.0.2' };

  /** No resolver knows a name that leads to this machine and that a wildcard could cover. */
  beforeEach(() => {
    const real = dns.lookup;
    const fake = (host: string, ...others: unknown[]): void => void Reflect.apply(real, dns, [found[host] ?? host, ...others]);
    vi.spyOn(dns, 'lookup').mockImplementation(fake);
  });
  afterEach(() => vi.restoreAllMocks());

  async function serve(port: NonNullable<Spec['ports']>[number]): Promise<void> {
    const snapshot = compiled([entry('any', { hosts, addresses: [address], ports: [port] })]);
    expect(snapshot.warnings).toEqual([]);
    proxy = new MeshProxy({ gatewayPort: 0 });
    expect(await proxy.apply(snapshot)).toEqual([]);
  }

  test('by the Host of a request, if it covers that', async () => {
    await using first = await startBackend((request, response) => response.end(`1 ${request.headers.host}`), {
      address: '127.9.0.1',
    });
    await using second = await startBackend((request, response) => response.end(`2 ${request.headers.host}`), {
      address: '127.9.0.2',
      port: first.port,
    });
    await serve({ number: 8080, name: 'http', protocol: 'HTTP', targetPort: second.port });
    const ask = (host: string) => send(8080, '/', { host: address, headers: { host } });
    expect((await ask('one.wild.test:8080')).text).toBe('1 one.wild.test:8080');
    expect((await ask('a.two.wild.test')).text).toBe('2 a.two.wild.test');
    const elsewhere = await ask('example.org');
    expect(elsewhere).toMatchObject({ status: 503, headers: { 'x-hikyaku-reason': 'no_endpoint' } });
    expect(elsewhere.text).toContain('the request is for no host that it covers');
  });

  test('by the name a TLS client asks for', async () => {
    const { certificate, key } = await makeCertificate('one.wild.test');
    const server = createServer({ cert: certificate, key }, (socket) => socket.on('error', () => undefined).end('hello'));
    server.listen(0, '127.9.0.1');
    await once(server, 'listening');
    await serve({ number: 8443, name: 'tls', protocol: 'TLS', targetPort: portOf(server) });
    const ask = async (servername: string) => {
      const socket = connectTls({ host: address, port: 8443, servername, rejectUnauthorized: false });
      let text = '';
      for await (const part of socket.setEncoding('utf8')) text += part as string;
      return text;
    };
    expect(await ask('one.wild.test')).toBe('hello');
    await expect(ask('example.org')).rejects.toThrow();
    server.close();
  });
});
