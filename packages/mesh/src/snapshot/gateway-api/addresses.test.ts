import { describe, expect, test } from 'vitest';
import { statusOfGateway } from '../../control/gateway-api/status.ts';
import { headOf } from '../../explain/request.ts';
import { compileRouteTable, decide } from '../../routing/decide.ts';
import { gatewayWorld } from '../../testing/gateway-api.ts';
import { parentsOf } from './attachments.ts';

const gateway = (name: string, { port = 80, addresses = '' } = {}) => `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name} }
spec:
  gatewayClassName: hikyaku
  ${addresses === '' ? '' : `addresses: ${addresses}`}
  listeners: [{ name: http, port: ${port}, protocol: HTTP }]
`;

const route = (name: string, parents: string, path: string, backend: string) => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name} }
spec:
  parentRefs: [${parents}]
  rules: [{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: ${backend}, port: 8080 }] }]
`;

/** What each Gateway's status says of where it is, and whether it is accepted. */
function statuses(manifests: string): Record<string, string[]> {
  const { resources } = gatewayWorld(manifests);
  const { listeners } = parentsOf(resources.gatewayApi, resources);
  return Object.fromEntries(
    resources.gatewayApi.gateways.map((own) => {
      const { addresses = [], conditions = [] } = statusOfGateway(own, listeners, [], 'http://localhost:8080');
      const accepted = conditions.find(({ type }) => type === 'Accepted');
      return [own.metadata.name, [...addresses.map(({ value }) => value), accepted?.reason ?? '']];
    }),
  );
}

test('Gateways that share a port are alone at addresses of their own, and together on localhost', () => {
  const manifests = `${gateway('one')}---\n${gateway('two')}${route('shared', '{ name: one }, { name: two }', '/shared', 'v3')}${route('first', '{ name: one }', '/', 'v1')}${route('second', '{ name: two }', '/', 'v2')}`;
  const found = statuses(manifests);
  const own = /^127\.120\.\d+\.\d+$/;
  for (const name of ['one', 'two']) expect(found[name]).toEqual([expect.stringMatching(own), '127.0.0.1', 'Accepted']);
  const [[one = ''] = [], [two = ''] = []] = [found.one, found.two];
  expect(one).not.toBe(two);
  const world = gatewayWorld(manifests);
  expect([one, two, 'localhost:8080'].map((host) => world.ask('GET', `http://${host}/shared`))).toEqual(['v3', 'v3', 'v3']);
  expect([one, two, 'localhost:8080'].map((host) => world.ask('GET', `http://${host}/`))).toEqual(['v1', 'v2', 'v1']);
});

test('names that a neighbour’s route has are served by what takes every host, and no others', () => {
  const named = route('named', '{ name: two }', '/', 'v2').replace('spec:', 'spec:\n  hostnames: [shop.example]');
  const manifests = `${gateway('one')}---\n${gateway('two')}${route('all', '{ name: one }', '/', 'v1')}${named}`;
  const [address = ''] = statuses(manifests).one ?? [];
  const { virtualHosts = [] } = gatewayWorld(manifests).snapshot.gatewayPorts?.[`${address}:80`] ?? {};
  const table = compileRouteTable({ virtualHosts, serviceRoutes: {} });
  const at = (host: string) => decide(table, headOf({ method: 'GET', url: `http://${host}/`, headers: [] }), 0);
  for (const host of [address, 'shop.example']) expect(at(host)).toMatchObject({ cluster: 'v1.default:8080' });
  expect(at('elsewhere.example')).toMatchObject({ status: 421 });
});

test('a Gateway that shares no port has none', () => {
  const found = statuses(`${gateway('one')}---\n${gateway('two', { port: 8081 })}`);
  expect(found).toEqual({ one: ['127.0.0.1', 'Accepted'], two: ['127.0.0.1', 'Accepted'] });
});

describe('a Gateway that asks for an address', () => {
  const manifests = (addresses: string) =>
    `${gateway('one')}---\n${gateway('two', { addresses })}${route('first', '{ name: one }', '/', 'v1')}${route('second', '{ name: two }', '/', 'v2')}`;

  test('is there and nowhere else', () => {
    const given = manifests('[{ value: 127.9.9.9 }]');
    expect(statuses(given)).toEqual({ one: ['127.0.0.1', 'Accepted'], two: ['127.9.9.9', 'Accepted'] });
    const world = gatewayWorld(given);
    expect([world.ask('GET', 'http://127.9.9.9/'), world.ask('GET', 'http://localhost/')]).toEqual(['v2', 'v1']);
  });

  test.each(['[{ value: 10.0.0.1 }]', '[{ type: Hostname, value: shop.example }]', '[{ value: 127.120.0.1 }]'])(
    'that cannot be had is not served: %s',
    (addresses) => {
      expect(statuses(manifests(addresses)).two).toEqual(['127.0.0.1', 'UnsupportedAddress']);
      const world = gatewayWorld(manifests(addresses));
      expect(world.ask('GET', 'http://localhost/')).toBe('v1');
      expect(world.warnings.join()).toMatch(/Gateway default\/two, listener http: the address .* cannot be had/);
    },
  );

  test.each(['[{ type: Hostname, value: localhost }]', '[{ value: 127.0.0.1 }]', '[{ type: IPAddress }]'])(
    'that all have shares it: %s',
    (addresses) => {
      expect(statuses(manifests(addresses)).two).toEqual([expect.stringMatching(/^127\.120\./), '127.0.0.1', 'Accepted']);
    },
  );
});
