import { expect, test } from 'vitest';
import { explain } from '../explain/explain.ts';
import { destinationRule, endpointSlice, gateway, labelledPod, service, virtualService } from '../testing/resources.ts';
import { compile } from './compile.ts';
import type { MeshResources } from './compile.ts';

const to = (host: string, subset?: string, weight?: number) => ({
  destination: { host, ...(subset !== undefined && { subset }) },
  ...(weight !== undefined && { weight }),
});
const loadBalancer = { simple: 'PASSTHROUGH' as const };

function resources(change: Partial<MeshResources> = {}): MeshResources {
  const names = ['web', 'next'];
  return {
    gateways: [gateway('public')],
    services: names.map((name, index) => service(name, { clusterIP: `127.96.0.${index + 1}`, portName: 'http' })),
    endpointSlices: names.map((name, index) =>
      endpointSlice(
        name,
        [1, 2].map((pod) => ({ address: `127.16.${index}.${pod}`, port: 8080, pod: `${name}-${pod}` })),
        'http',
      ),
    ),
    pods: names.flatMap((name) => [1, 2].map((pod) => labelledPod(`${name}-${pod}`, { version: String(pod) }))),
    virtualServices: [
      virtualService('web', { hosts: ['web'], http: [{ route: [to('next', undefined, 30), to('web', 'one', 70)] }] }),
      virtualService('public', { gateways: ['public'], http: [{ route: [to('next')] }] }),
    ],
    destinationRules: [
      destinationRule('next', { trafficPolicy: { loadBalancer, outlierDetection: { consecutive5xxErrors: 1 } } }),
      destinationRule('web', { subsets: [{ name: 'one', labels: { version: '1' }, trafficPolicy: { loadBalancer } }] }),
    ],
    ...change,
  };
}

const clustersOf = (routes: { action: object }[] = []) =>
  routes.flatMap(({ action }) =>
    'destinations' in action ? (action.destinations as { cluster: string; weight: number }[]) : [],
  );

test('a call goes to the Service that was called, whatever rules lead it to', () => {
  const { serviceRoutes, clusters, warnings } = compile(resources());
  expect(clustersOf(serviceRoutes['web.default:80'])).toEqual([
    { cluster: 'web.default:80', weight: 30 },
    { cluster: 'web.default:80', weight: 70 },
  ]);
  // Which itself is balanced as its own rule says, and nothing behind one that passes through is ejected.
  expect(clusters['web.default:80']).not.toHaveProperty('loadBalancer');
  expect(clusters['next.default:80']).toMatchObject({ loadBalancer: { kind: 'PASSTHROUGH' } });
  expect(clusters['next.default:80']).not.toHaveProperty('outlierDetection');
  expect(clusters['next.default:80']).not.toHaveProperty('locality');
  expect(warnings).toEqual([]);
});

test('connections likewise', () => {
  const tcp = [{ route: [{ ...to('next'), weight: 1 }] }];
  const { tcpRoutes } = compile(
    resources({
      services: [service('web', { clusterIP: '127.96.0.1' }), service('next', { clusterIP: '127.96.0.2' })],
      virtualServices: [virtualService('web', { hosts: ['web'], tcp })],
    }),
  );
  expect(tcpRoutes?.['web.default:80']?.[0]?.destinations).toMatchObject([{ cluster: 'web.default:80' }]);
});

test('from a gateway it goes nowhere, and mesh explain says so', () => {
  const asked = explain(resources(), { method: 'GET', url: 'http://localhost/', headers: [] });
  expect(asked.isRouted).toBe(false);
  expect(asked.outcome).toMatchObject({
    kind: 'forward',
    destinations: [
      {
        refusal: {
          status: 503,
          detail:
            'No ready endpoints for next.default: its balancer PASSTHROUGH goes to the address that was asked for, which at a gateway is the gateway.',
        },
      },
    ],
  });
  const called = explain(resources(), { method: 'GET', url: 'http://next/', headers: [] }, { namespace: 'default' });
  expect(called.isRouted).toBe(true);
});
