import { expect, test } from 'vitest';
import { MeshProxy } from '../proxy/proxy.ts';
import { send, startBackend } from '../testing/backend.ts';
import { destinationRule, endpointSlice, gateway, service, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';

type Spec = NonNullable<Parameters<typeof destinationRule>[1]>;

const roundRobin = { loadBalancer: { simple: 'ROUND_ROBIN' as const } };
const random = { loadBalancer: { simple: 'RANDOM' as const } };

function compiled(spec: Spec) {
  const { clusters, warnings } = compile({
    services: [service('web')],
    endpointSlices: [],
    pods: [],
    gateways: [],
    virtualServices: [],
    destinationRules: [destinationRule('web', spec)],
  });
  return {
    ofService: clusters['web.default:80']?.loadBalancer?.kind,
    ofSubset: clusters['web.default:80/v1']?.loadBalancer?.kind,
    warnings,
  };
}

const onPort = (number: number, settings: object = {}) => ({ portLevelSettings: [{ port: { number }, ...settings }] });

test.each<[string, Spec, string | undefined, string | undefined]>([
  ['nothing is said', {}, undefined, undefined],
  ['a subset inherits', { trafficPolicy: roundRobin, subsets: [{ name: 'v1' }] }, 'ROUND_ROBIN', 'ROUND_ROBIN'],
  [
    'a subset overrides',
    { trafficPolicy: roundRobin, subsets: [{ name: 'v1', trafficPolicy: random }] },
    'ROUND_ROBIN',
    'RANDOM',
  ],
  ['a port overrides', { trafficPolicy: { ...random, ...onPort(80, roundRobin) } }, 'ROUND_ROBIN', undefined],
  ['another port does not', { trafficPolicy: { ...random, ...onPort(81, roundRobin) } }, 'RANDOM', undefined],
  ['a port inherits nothing', { trafficPolicy: { ...random, ...onPort(80) } }, undefined, undefined],
  [
    "a subset's port comes first",
    { trafficPolicy: random, subsets: [{ name: 'v1', trafficPolicy: onPort(80, roundRobin) }] },
    'RANDOM',
    'ROUND_ROBIN',
  ],
])('%s', (_, spec, ofService, ofSubset) => {
  expect(compiled(spec)).toEqual({ ofService, ofSubset, warnings: [] });
});

test('ROUND_ROBIN sends requests in turn, and goes on in turn under a new snapshot', async () => {
  await using one = await startBackend((_, response) => response.end('1'));
  await using two = await startBackend((_, response) => response.end('2'));
  const snapshot = compile({
    services: [service('web')],
    endpointSlices: [one, two].map((backend) => endpointSlice('web', [backend])),
    pods: [],
    gateways: [gateway('shop')],
    virtualServices: [virtualService('shop', { gateways: ['shop'], http: [{ route: [{ destination: { host: 'web' } }] }] })],
    destinationRules: [destinationRule('web', { trafficPolicy: roundRobin })],
  });
  const proxy = new MeshProxy({ gatewayPort: 0 });
  try {
    const port = await proxy.listen();
    let answers = '';
    for (let round = 0; round < 6; round++) {
      await proxy.apply(snapshot);
      answers += (await send(port, '/')).text;
    }
    expect(answers).toBe('121212');
  } finally {
    await proxy.close(0);
  }
});
