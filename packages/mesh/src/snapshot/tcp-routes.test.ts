import type { TcpRule } from '@hikyaku/resources';
import { expect, test } from 'vitest';
import { service, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';

function compiled(tcp: TcpRule[], portName = 'postgres') {
  return compile({
    services: [service('db', { clusterIP: '127.96.0.1', port: 5432, portName }), service('replica', { port: 5432 })],
    endpointSlices: [],
    pods: [],
    gateways: [],
    virtualServices: [virtualService('db', { hosts: ['db'], tcp })],
  });
}

const route = [{ destination: { host: 'replica' } }];

test('connections go by weights and conditions', () => {
  const { tcpRoutes, callers, warnings } = compiled([
    { match: [{ port: 5432, sourceLabels: { app: 'report' }, destinationSubnets: ['127.96.0.0/16'] }], route },
    {
      match: [{ sourceNamespace: 'shop' }],
      route: [
        { destination: { host: 'db', subset: 'x' }, weight: 1 },
        { ...route[0]!, weight: 3 },
      ],
    },
    { route },
  ]);
  expect(tcpRoutes).toEqual({
    'db.default:5432': [
      {
        name: 'VirtualService default/db, tcp rule 1',
        matches: [{ destinationSubnets: ['127.96.0.0/16'], source: { labels: { app: 'report' } } }],
        destinations: [{ cluster: 'replica.default:5432', weight: 1 }],
      },
      {
        name: 'VirtualService default/db, tcp rule 2',
        matches: [{ source: { namespace: 'shop' } }],
        destinations: [
          { cluster: 'db.default:5432/x', weight: 1 },
          { cluster: 'replica.default:5432', weight: 3 },
        ],
      },
      {
        name: 'VirtualService default/db, tcp rule 3',
        matches: [],
        destinations: [{ cluster: 'replica.default:5432', weight: 1 }],
      },
    ],
  });
  expect(callers).toEqual({});
  expect(warnings).toEqual([]);
});

test.each<[string, TcpRule]>([
  ['another port', { match: [{ port: 1 }], route }],
  ['another gateway', { match: [{ gateways: ['public'] }], route }],
])('a rule for %s is left out', (_, rule) => {
  expect(compiled([rule]).tcpRoutes).toEqual({ 'db.default:5432': [] });
});

test('a port that speaks HTTP has no rules for connections', () => {
  expect(compiled([{ route }], 'http')).not.toHaveProperty('tcpRoutes');
});
