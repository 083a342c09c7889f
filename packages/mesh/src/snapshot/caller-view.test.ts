import { expect, it } from 'vitest';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { callerView } from './caller-view.ts';
import type { Protection } from './protection.ts';
import type { Snapshot } from './snapshot.ts';

const service = (name: string) =>
  ({
    address: `127.96.0.${name.length}`,
    port: 80,
    service: `default/${name}`,
    cluster: `${name}.default:80`,
    protocol: 'http',
  }) as const;

function viewWith(guarded: string[], routes: Snapshot['serviceRoutes'] = {}) {
  const protection: Protection = {
    authentications: {},
    authorizations: {},
    localRateLimits: {},
    globalRateLimits: {},
    clusters: Object.fromEntries(guarded.map((cluster) => [cluster, { authorizations: ['default/deny'], ports: [80] }])),
  };
  const snapshot = { ...snapshotOf([], {}), services: [service('web'), service('orders')], serviceRoutes: routes, protection };
  return callerView(snapshot).services.map(({ cluster }) => cluster);
}

it('has every Service where nothing is guarded', () => {
  expect(viewWith([])).toEqual(['web.default:80', 'orders.default:80']);
});

it('leaves Services that are guarded to the proxy', () => {
  expect(viewWith(['orders.default:80'])).toEqual(['web.default:80']);
});

it('leaves Services that may lead to a guarded subset or Service to the proxy', () => {
  const action = forwardTo('web.default:80', {
    destinations: [
      { cluster: 'web.default:80', weight: 9 },
      { cluster: 'orders.default:80/canary', weight: 1 },
    ],
  });
  expect(viewWith(['orders.default:80/canary'], { 'web.default:80': [routeFor('/', action)] })).toEqual(['orders.default:80']);
});

it('tells nothing of what guards', () => {
  expect(Object.keys(callerView({ ...snapshotOf([], {}) })).sort()).toEqual(['clusters', 'serviceRoutes', 'services']);
});
