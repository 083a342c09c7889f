import type { LocalityLbSetting, Pod } from '@hikyaku/resources';
import { describe, expect, test } from 'vitest';
import { destinationRule, endpointSlice, labelledPod, service } from '../testing/resources.ts';
import { compile } from './compile.ts';
import { localityOf } from './places.ts';

const region = 'topology.kubernetes.io/region';
const zone = 'topology.kubernetes.io/zone';

test.each<[Record<string, string>, string | undefined, string | undefined]>([
  [{}, undefined, undefined],
  [{ [region]: 'us', [zone]: 'a', 'topology.istio.io/subzone': '1' }, undefined, 'us/a/1'],
  [{ [region]: 'us' }, undefined, 'us'],
  [{ [region]: 'us' }, 'b', 'us/b'],
  [{ [region]: 'us', [zone]: 'a' }, 'b', 'us/a'],
  [{ 'istio-locality': 'us.a' }, undefined, 'us/a'],
])('labels %j, zone of the slice %j: %j', (labels, sliceZone, expected) => {
  expect(localityOf(labels, sliceZone)).toBe(expected);
});

function compiled(localityLbSetting: LocalityLbSetting, pods: Pod[], withOutliers = true) {
  const trafficPolicy = { loadBalancer: { localityLbSetting }, ...(withOutliers && { outlierDetection: {} }) };
  return compile({
    services: [service('web')],
    endpointSlices: [endpointSlice('web', [{ address: '127.16.0.1', port: 80, pod: 'web-1' }])],
    pods,
    gateways: [],
    virtualServices: [],
    destinationRules: [destinationRule('web', { trafficPolicy })],
  });
}

const at = (name: string, podIP: string, labels: Record<string, string>) => ({ ...labelledPod(name, labels), status: { podIP } });
const placed = [
  at('web-1', '127.16.0.1', { [region]: 'us', app: 'web' }),
  at('caller', '127.16.0.9', { [region]: 'eu', app: 'caller' }),
  at('elsewhere', '127.16.0.8', {}),
];

describe('in the snapshot', () => {
  test('endpoints and callers have their place where a policy asks for it', () => {
    const { clusters, places } = compiled({}, placed);
    expect(clusters['web.default:80']).toMatchObject({
      endpoints: [{ address: '127.16.0.1', locality: 'us' }],
      locality: { kind: 'failover' },
    });
    expect(places).toEqual({ '127.16.0.1': { locality: 'us' }, '127.16.0.9': { locality: 'eu' } });
  });

  test('labels are there as far as failoverPriority names them', () => {
    const { clusters, places } = compiled({ failoverPriority: ['app', 'tier=front'] }, placed);
    expect(clusters['web.default:80']?.endpoints).toEqual([{ address: '127.16.0.1', port: 80, labels: { app: 'web' } }]);
    expect(places?.['127.16.0.9']).toEqual({ labels: { app: 'caller' } });
  });

  test.each<[string, Parameters<typeof compiled>]>([
    ['it is turned off', [{ enabled: false }, placed]],
    ['no endpoint says where it is', [{}, placed.map((pod) => ({ ...pod, metadata: { ...pod.metadata, labels: {} } }))]],
    ['there is no outlier detection', [{}, placed, false]],
  ])('nothing of it where %s', (_, parameters) => {
    const { clusters, places } = compiled(...parameters);
    expect(clusters['web.default:80']?.locality).toBeUndefined();
    expect(places).toBeUndefined();
  });

  test('distribution needs no outlier detection', () => {
    const distribute = [{ from: 'eu/*', to: { 'us/*': 100 } }];
    expect(compiled({ distribute }, placed, false).clusters['web.default:80']?.locality).toEqual({
      kind: 'distribute',
      rules: [{ from: 'eu/*', to: [{ locality: 'us/*', weight: 100 }] }],
    });
  });
});
