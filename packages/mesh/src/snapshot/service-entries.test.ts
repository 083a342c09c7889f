import type { ServiceEntry, VirtualService } from '@hikyaku/resources';
import { afterEach, describe, expect, test } from 'vitest';
import { MeshProxy } from '../proxy/proxy.ts';
import { send, startBackend } from '../testing/backend.ts';
import { labelledPod, service, virtualService } from '../testing/resources.ts';
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
    'a wildcard',
    [entry('api', { hosts: ['*.example.com'] })],
    'ServiceEntry default/api: host *.example.com is a wildcard, whose names cannot be given an address; name each host',
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
