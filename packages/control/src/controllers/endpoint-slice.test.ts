import { EndpointSlices, Pods, Services, type EndpointSlice, type Pod, type Service } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestSystem, templateOf, type TestSystem } from '../testing/system.ts';
import { slicesFor } from './endpoint-slice.ts';

const web = (spec: Partial<NonNullable<Service['spec']>> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', uid: 'service-uid' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
});

const pod = (
  name: string,
  changes: { ready?: boolean; port?: number; terminating?: boolean; phase?: 'Running' | 'Succeeded' } = {},
): Pod => {
  const { ready = true, port = 8080, terminating = false, phase = 'Running' } = changes;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `${name}-uid`,
      labels: { app: 'web' },
      ...(terminating && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { containers: [{ name: 'main', image: 'web', ports: [{ name: 'http', containerPort: port }] }] },
    status: { phase, podIP: `127.16.0.${name.length}`, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
};

describe('slicesFor', () => {
  const conditions = (slices: EndpointSlice[]) =>
    slices.flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.conditions));

  it('tells ready Pods from those that are not', () => {
    expect(conditions(slicesFor(web(), [pod('a'), pod('bb', { ready: false })]))).toEqual([
      { ready: true, serving: true, terminating: false },
      { ready: false, serving: false, terminating: false },
    ]);
  });

  it('takes a Pod that has been asked to go out of service at once, though it still serves', () => {
    expect(conditions(slicesFor(web(), [pod('a', { terminating: true })]))).toEqual([
      { ready: false, serving: true, terminating: true },
    ]);
  });

  it('publishes Pods that are not ready where the Service wants that', () => {
    expect(conditions(slicesFor(web({ publishNotReadyAddresses: true }), [pod('a', { ready: false })]))).toMatchObject([
      { ready: true, serving: false },
    ]);
  });

  it('leaves out Pods that have ended, have no address or another label', () => {
    const ended = pod('a', { phase: 'Succeeded' });
    const without = { ...pod('bb'), status: { phase: 'Pending' as const } };
    const other = { ...pod('ccc'), metadata: { ...pod('ccc').metadata, labels: { app: 'other' } } };
    expect(slicesFor(web(), [ended, without, other])).toMatchObject([{ endpoints: [], ports: [] }]);
  });

  it('looks named ports up in each Pod, and makes a slice for each answer', () => {
    const slices = slicesFor(web(), [pod('a', { port: 8080 }), pod('bb', { port: 9090 })]);
    expect(slices.map(({ ports, endpoints }) => [ports?.[0]?.port, endpoints[0]?.targetRef?.name])).toEqual([
      [8080, 'a'],
      [9090, 'bb'],
    ]);
  });

  it('uses the port itself when no targetPort is given', () => {
    const [slice] = slicesFor(web({ ports: [{ port: 8000 }] }), [pod('a')]);
    expect(slice?.ports).toEqual([{ name: '', port: 8000, protocol: 'TCP' }]);
  });

  it('keeps the name of a slice while Pods come and go', () => {
    const names = [[], [pod('a')], [pod('a'), pod('bb')]].map((pods) => slicesFor(web(), pods)[0]?.metadata.name);
    expect(new Set(names).size).toBe(1);
  });
});

describe('the EndpointSlice controller', () => {
  let system: TestSystem;
  beforeEach(() => {
    system = startTestSystem();
  });
  afterEach(() => system.close());
  const { metadata, spec } = web();
  const until = (assertion: () => Promise<void>) => vi.waitFor(assertion, { interval: 2, timeout: 5000 });
  const endpoints = async () => (await system.store.list(EndpointSlices)).items.flatMap((slice) => slice.endpoints);
  const create = async () => {
    await system.store.create(Services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: metadata.name },
      ...(spec && { spec }),
    });
    const { metadata: labels, spec: podSpec } = templateOf('web', 'web:1');
    await system.store.create(Pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1', labels: labels.labels },
      spec: podSpec,
    });
  };

  it('follows the readiness of Pods', async () => {
    await create();
    await until(async () =>
      expect(await endpoints()).toMatchObject([{ conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'web-1' } }]),
    );
    system.healthy = () => false;
    await system.probe();
    await until(async () => expect(await endpoints()).toMatchObject([{ conditions: { ready: false } }]));
    await system.store.delete(Pods, 'default', 'web-1');
    await until(async () => expect(await endpoints()).toEqual([]));
  });

  it('takes its slices away with the Service', async () => {
    await create();
    await until(async () => expect(await endpoints()).toHaveLength(1));
    await system.store.delete(Services, 'default', 'web');
    expect((await system.store.list(EndpointSlices)).items).toEqual([]);
  });

  it('does not touch the slices of a Service without a selector', async () => {
    await system.store.create(Services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'outside' },
      spec: { ports: [{ port: 5432 }] },
    });
    const slice: EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'outside-1', labels: { 'kubernetes.io/service-name': 'outside' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'] }],
      ports: [{ port: 5432 }],
    };
    await system.store.create(EndpointSlices, slice);
    await create();
    await until(async () => expect(await endpoints()).toHaveLength(2));
    expect(await system.store.get(EndpointSlices, 'default', 'outside-1')).toMatchObject({
      endpoints: [{ addresses: ['127.0.0.1'] }],
    });
  });
});
