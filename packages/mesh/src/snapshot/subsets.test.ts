import { afterEach, expect, test } from 'vitest';
import { MeshProxy } from '../proxy/proxy.ts';
import { send, startBackend } from '../testing/backend.ts';
import { destinationRule, endpointSlice, gateway, labelledPod, service, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';

const pods = [labelledPod('web-1', { version: 'v1' }), labelledPod('web-2', { version: 'v2' })];
const subsets = ['v1', 'v2'].map((version) => ({ name: version, labels: { version } }));
const slice = endpointSlice('web', [
  { address: '127.16.0.1', port: 3000, pod: 'web-1' },
  { address: '127.16.0.2', port: 3000, pod: 'web-2' },
]);
const base = { services: [service('web')], endpointSlices: [slice], pods, gateways: [gateway('shop')] };

function toSubset(subset: string) {
  return virtualService('shop', { gateways: ['shop'], http: [{ route: [{ destination: { host: 'web', subset } }] }] });
}

test('a subset has the endpoints whose Pods carry its labels, and the Service keeps them all', () => {
  const { clusters, warnings } = compile({
    ...base,
    virtualServices: [toSubset('v2')],
    destinationRules: [destinationRule('web', { subsets })],
  });
  expect(clusters).toMatchObject({
    'web.default:80': { endpoints: [{ address: '127.16.0.1' }, { address: '127.16.0.2' }] },
    'web.default:80/v1': { service: 'web.default (subset v1)', endpoints: [{ address: '127.16.0.1' }] },
    'web.default:80/v2': { endpoints: [{ address: '127.16.0.2' }] },
  });
  expect(warnings).toEqual([]);
});

test('a subset no Pod belongs to says so', () => {
  const { clusters } = compile({
    ...base,
    virtualServices: [],
    destinationRules: [destinationRule('web', { subsets: [{ name: 'v3', labels: { version: 'v3' } }] })],
  });
  expect(clusters['web.default:80/v3']).toMatchObject({ endpoints: [], unavailable: 'no Pod matches its selector' });
});

test('a route to a subset that is not defined is warned of', () => {
  const { warnings } = compile({
    ...base,
    virtualServices: [toSubset('v9')],
    destinationRules: [destinationRule('web', { subsets })],
  });
  expect(warnings).toEqual(['VirtualService default/shop, rule 1: no DestinationRule defines the subset v9 of web.default:80']);
});

let proxy: MeshProxy | undefined;
afterEach(() => proxy?.close(0));

test('requests reach the subset their route names, and 503 says when there is none', async () => {
  await using one = await startBackend((_, response) => response.end('v1'));
  await using two = await startBackend((_, response) => response.end('v2'), { address: '127.0.0.2', port: one.port });
  const endpointSlices = [
    endpointSlice('web', [
      { ...one, pod: 'web-1' },
      { ...two, pod: 'web-2' },
    ]),
  ];
  proxy = new MeshProxy({ gatewayPort: 0 });
  const port = await proxy.listen();
  const destinationRules = [destinationRule('web', { subsets })];
  for (const [subset, expected] of [
    ['v1', { status: 200, text: 'v1' }],
    ['v2', { status: 200, text: 'v2' }],
  ] as const) {
    await proxy.apply(compile({ ...base, endpointSlices, destinationRules, virtualServices: [toSubset(subset)] }));
    for (let round = 0; round < 4; round++) expect(await send(port, '/')).toMatchObject(expected);
  }
  await proxy.apply(compile({ ...base, endpointSlices, destinationRules, virtualServices: [toSubset('v9')] }));
  const refused = await send(port, '/');
  expect(refused.json()).toMatchObject({
    status: 503,
    detail: expect.stringContaining('web.default:80/v9, which is a subset that no DestinationRule defines') as string,
  });
});
