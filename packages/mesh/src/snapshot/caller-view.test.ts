import { expect, it } from 'vitest';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { callerView } from './caller-view.ts';
import { defaultText } from './telemetry/access-log-formats.ts';
import type { SideTelemetry, TelemetrySettings } from './telemetry-settings.ts';
import type { Protection } from './protection.ts';
import type { Cluster, Snapshot } from './snapshot.ts';

const service = (name: string) =>
  ({
    address: `127.96.0.${name.length}`,
    port: 80,
    service: `default/${name}`,
    cluster: `${name}.default:80`,
    protocol: 'http',
  }) as const;

function guarding(...guarded: string[]): Protection {
  return {
    authentications: {},
    authorizations: {},
    localRateLimits: {},
    globalRateLimits: {},
    clusters: Object.fromEntries(guarded.map((cluster) => [cluster, { authorizations: ['default/deny'], ports: [80] }])),
  };
}

function viewWith(guarded: string[], routes: Snapshot['serviceRoutes'] = {}) {
  const protection = guarding(...guarded);
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

it('leaves Services to the proxy whose rules for one namespace lead to a guarded one', () => {
  const action = forwardTo('orders.default:80');
  const callerRoutes = { shop: { 'web.default:80': [routeFor('/', action)] } };
  const view = (more: Partial<Snapshot>) =>
    callerView({ ...snapshotOf([], {}), services: [service('web')], protection: guarding('orders.default:80'), ...more });
  expect(view({}).services).toHaveLength(1);
  expect(view({ callerRoutes }).services).toEqual([]);
});

it('tells who calls where rules ask', () => {
  const callers = { '127.16.0.1': { namespace: 'shop', labels: { app: 'cart' } } };
  expect(callerView({ ...snapshotOf([], {}), callers }).callers).toEqual(callers);
});

it('tells nothing of what guards', () => {
  expect(Object.keys(callerView({ ...snapshotOf([], {}) })).sort()).toEqual(['clusters', 'serviceRoutes', 'services']);
});

function settings(server: SideTelemetry): TelemetrySettings {
  return { policies: [{ client: { accessLogs: [] }, server }], byAddress: {}, gateway: 0 };
}

const silent = { accessLogs: [], tracing: { samplingPercent: 5, isReported: true, tags: {} } };
const receiver = { protocol: 'otlp-http' as const, target: { host: '127.0.0.1', port: 4318 }, path: '/v1/traces', headers: {} };

it.each([
  ['nothing is told of single calls', silent, [service('web')]],
  ['calls are logged', { accessLogs: [{ provider: 'envoy', format: defaultText }] }, []],
  ['calls are traced', { ...silent, tracing: { ...silent.tracing, exporter: receiver } }, []],
])('a process may carry its own calls as far as: %s', (_, server, expected) => {
  expect(callerView({ ...snapshotOf([], {}), services: [service('web')], telemetry: settings(server) }).services).toEqual(
    expected,
  );
});

it.each<[string, Partial<Cluster>]>([
  ['is encrypted to', { tls: { isVerified: true, client: { certificate: { pem: 'C' }, key: { pem: 'SECRET' } } } }],
  ['is known by a name only', { endpoints: [{ address: 'rates.example.com', port: 443 }] }],
  ['is whatever the request names', { byName: { hosts: '*.example.com', port: 80 } }],
])('leaves what %s to the proxy, and keeps its keys', (_, change) => {
  const snapshot = snapshotOf([], { 'web.default:80': [{ address: '127.0.0.1', port: 1 }], 'orders.default:80': [] });
  const clusters = { ...snapshot.clusters, 'web.default:80': { service: 'web.default', endpoints: [], ...change } };
  const view = callerView({ ...snapshot, clusters, services: [service('web'), service('orders')] });
  expect(view.services).toEqual([service('orders')]);
  expect(JSON.stringify(view)).not.toContain('SECRET');
});
