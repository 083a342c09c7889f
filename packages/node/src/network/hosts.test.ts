import type { EndpointSlice, Service } from '@hikyaku/resources';
import { expect, it } from 'vitest';
import { formatHosts } from './hosts.ts';

const service = (name: string, namespace: string, clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { clusterIP, ports: [{ port: 80 }] },
});
const slice = (name: string, namespace: string, endpoints: EndpointSlice['endpoints']): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${name}-x`, namespace, labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  endpoints,
});

it('gives a Service every form of its name, the short one in its own namespace only', () => {
  const services = [service('cart', 'shop', '127.96.0.1'), service('cart', 'other', '127.96.0.2')];
  expect(formatHosts('shop', services, [])).toBe(
    [
      '127.96.0.1 cart cart.shop cart.shop.svc cart.shop.svc.cluster.local',
      '127.96.0.2 cart.other cart.other.svc cart.other.svc.cluster.local',
      '',
    ].join('\n'),
  );
});

it('leads the name of a headless Service to its ready Pods, and theirs to each', () => {
  const endpoint = (index: number, ready: boolean) => ({
    addresses: [`127.16.0.${index}`],
    conditions: { ready },
    targetRef: { kind: 'Pod', name: `db-${index}` },
  });
  const text = formatHosts(
    'shop',
    [service('db', 'shop', 'None')],
    [slice('db', 'shop', [endpoint(1, true), endpoint(2, false)])],
  );
  expect(text).toBe(
    '127.16.0.1 db db.shop db.shop.svc db.shop.svc.cluster.local db-1.db db-1.db.shop db-1.db.shop.svc db-1.db.shop.svc.cluster.local\n',
  );
});

it('says of a headless Service without ready Pods that it has no address', () => {
  expect(formatHosts('shop', [service('db', 'shop', 'None')], [slice('db', 'other', [])])).toMatch(/^- db db\.shop /);
});

it('gives hosts of ServiceEntries the addresses that the mesh listens on', () => {
  const entry = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'api', namespace: 'shop' },
    spec: { hosts: ['api.example.com', '*.example.com'], addresses: ['127.240.250.1'] },
  };
  const lines = formatHosts('other', [], [], [entry]);
  expect(lines).toBe('127.240.101.77 *.example.com\n127.240.250.1 api.example.com\n');
});
