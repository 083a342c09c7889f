import { expect, test } from 'vitest';
import type { ConnectionMatch } from '../snapshot/snapshot.ts';
import { compileTcpRules, decideForConnection } from './decide-connection.ts';

const callers = new Map([['127.16.0.1', { namespace: 'shop', labels: { app: 'cart' } }]]);

function decided(matches: ConnectionMatch[], remoteAddress = '127.16.0.1', random = 0): string {
  const destinations = [
    { cluster: 'v1', weight: 3 },
    { cluster: 'v2', weight: 1 },
  ];
  const byConnection = compileTcpRules({ db: [{ name: 'rule', matches, destinations }] });
  return decideForConnection({ byConnection, callers }, 'db', { localAddress: '127.96.0.7', remoteAddress }, random);
}

test.each<[string, ConnectionMatch[], string]>([
  ['no condition', [], 'v1'],
  ['the subnet', [{ destinationSubnets: ['127.96.0.0/24'] }], 'v1'],
  ['the address', [{ destinationSubnets: ['127.96.0.7'] }], 'v1'],
  ['one of several subnets', [{ destinationSubnets: ['10.0.0.0/8', '127.96.0.0/29'] }], 'v1'],
  ['another subnet', [{ destinationSubnets: ['10.0.0.0/8', '::1/128'] }], 'db'],
  ['what is no subnet', [{ destinationSubnets: ['everywhere', '127.96.0.0/99'] }], 'db'],
  ['the namespace', [{ source: { namespace: 'shop' } }], 'v1'],
  ['another namespace', [{ source: { namespace: 'cart' } }], 'db'],
  ['a label', [{ source: { labels: { app: 'cart' } } }], 'v1'],
  ['both of two conditions', [{ source: { labels: { app: 'cart' } }, destinationSubnets: ['10.0.0.0/8'] }], 'db'],
  ['one of two alternatives', [{ source: { namespace: 'cart' } }, { source: { namespace: 'shop' } }], 'v1'],
])('a connection is taken by %s', (_, matches, expected) => {
  expect(decided(matches)).toBe(expected);
});

test('a caller nobody knows meets no condition on it', () => {
  expect(decided([{ source: { namespace: 'shop' } }], '127.0.0.1')).toBe('db');
});

test('weights share connections out', () => {
  expect([0, 0.74, 0.75, 0.99].map((random) => decided([], '127.0.0.1', random))).toEqual(['v1', 'v1', 'v2', 'v2']);
});

test('a Service without rules is gone to itself', () => {
  expect(decideForConnection({ byConnection: new Map(), callers }, 'db', { localAddress: '', remoteAddress: '' }, 0)).toBe('db');
});
