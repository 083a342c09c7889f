import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Deadlines } from '../http/deadlines.ts';
import type { ClusterPolicies } from '../snapshot/cluster-policies.ts';
import type { Endpoint } from '../snapshot/snapshot.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import type { SendOptions } from '../testing/backend.ts';
import { seededRandom } from '../testing/candidates.ts';
import { snapshotOf, snapshotTo, withPolicies } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';
import { UpstreamCluster } from './upstream-cluster.ts';

let proxy: MeshProxy;
let port: number;

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await proxy.close(0);
});

/** The answers of services that answer with their name. */
async function answers(count: number, options: SendOptions = {}): Promise<string[]> {
  const seen: string[] = [];
  for (let round = 0; round < count; round++) seen.push((await send(port, '/?user=x', options)).text);
  return seen;
}

const named = (name: string) => startBackend((_, response) => response.end(name));
const apply = (endpoints: Endpoint[], policies: ClusterPolicies) => proxy.apply(withPolicies(snapshotTo(endpoints), policies));

test('endpoint weights are kept, within 3 σ', async () => {
  vi.spyOn(Math, 'random').mockImplementation(seededRandom());
  await using light = await named('light');
  await using heavy = await named('heavy');
  const snapshot = withPolicies(snapshotTo([light, heavy]), { loadBalancer: { kind: 'RANDOM' } });
  const cluster = snapshot.clusters['web.default:80'];
  if (cluster?.endpoints[1]) cluster.endpoints[1].weight = 3;
  await proxy.apply(snapshot);
  const requests = 400;
  const toLight = (await answers(requests)).filter((name) => name === 'light').length;
  expect(Math.abs(toLight - requests / 4)).toBeLessThan(3 * Math.sqrt(requests * 0.25 * 0.75));
});

describe('the same key, the same endpoint', () => {
  test('by header and by query', async () => {
    const endpoints = await Promise.all(['1', '2', '3'].map(named));
    await using stack = new AsyncDisposableStack();
    for (const endpoint of endpoints) stack.use(endpoint);
    const ring = { kind: 'RING_HASH', minimumRingSize: 1024 } as const;
    await apply(endpoints, { loadBalancer: { ...ring, key: { by: 'header', name: 'x-user' } } });
    const ofUsers = new Set<string>();
    for (let user = 0; user < 24; user++) {
      const seen = new Set(await answers(3, { headers: { 'X-User': `user-${user}` } }));
      expect(seen.size).toBe(1);
      for (const name of seen) ofUsers.add(name);
    }
    expect(ofUsers.size).toBe(3);
    await apply(endpoints, { loadBalancer: { ...ring, key: { by: 'query', name: 'user' } } });
    expect(new Set(await answers(6)).size).toBe(1);
  });

  test('by a cookie that the proxy gives to callers without one', async () => {
    await using one = await named('1');
    await using two = await named('2');
    const key = { by: 'cookie', name: 'sid', path: '/', ttlMs: 60_000 } as const;
    await apply([one, two], { loadBalancer: { kind: 'MAGLEV', key, tableSize: 101 } });
    for (let caller = 0; caller < 4; caller++) {
      const reply = await send(port, '/');
      const [given = ''] = reply.headers['set-cookie'] ?? [];
      expect(given).toMatch(/^sid=[0-9a-f-]{36}; Max-Age=60; Path=\/; HttpOnly$/);
      const [cookie = ''] = given.split(';');
      const again = await send(port, '/', { headers: { cookie } });
      expect(again).toMatchObject({ text: reply.text });
      expect(again.headers['set-cookie']).toBeUndefined();
    }
  });

  test('by the address of the caller, for connections', async () => {
    const servers = await Promise.all(
      ['1', '2', '3'].map(async (name) => {
        const server = createServer((socket) => socket.on('error', () => undefined).end(name)).listen(0, '127.0.0.1');
        await once(server, 'listening');
        return server;
      }),
    );
    const endpoints = servers.map((server) => ({ address: '127.0.0.1', port: portOf(server) }));
    const cluster = 'db.default:8080';
    const host = '127.96.203.1';
    const loadBalancer = { kind: 'RING_HASH', key: { by: 'source-ip' }, minimumRingSize: 1024 } as const;
    const snapshot = withPolicies(snapshotOf([], { [cluster]: endpoints }), { loadBalancer });
    const services = [{ address: host, port: 8080, service: 'default/db', cluster, protocol: 'tcp' as const }];
    await proxy.apply({ ...snapshot, services });
    const from = async (localAddress: string) => {
      const [name] = (await once(connect({ host, port: 8080, localAddress }), 'data')) as [Buffer];
      return name.toString();
    };
    const seen = new Set<string>();
    for (let caller = 10; caller < 30; caller++) {
      const name = await from(`127.0.0.${caller}`);
      expect(await from(`127.0.0.${caller}`)).toBe(name);
      seen.add(name);
    }
    expect(seen.size).toBe(3);
    for (const server of servers) server.close();
  });
});

test('least response time leaves a slow endpoint alone once it is known', async () => {
  await using fast = await named('fast');
  await using slow = await startBackend((_, response) => setTimeout(() => response.end('slow'), 150));
  await apply([fast, slow], { loadBalancer: { kind: 'LEAST_RESPONSE_TIME' } });
  const toSlow = (await answers(30)).filter((name) => name === 'slow').length;
  expect(toSlow).toBeLessThanOrEqual(3);
});

describe('locality', () => {
  const cluster = 'web.default:8080';
  const host = '127.96.204.1';
  const here = '127.0.0.41';
  const call = async (localAddress: string) => (await send(8080, '/', { host, localAddress })).text;

  test('a near endpoint that fails is left for a far one, and callers of whom nothing is known use both', async () => {
    let isBroken = false;
    await using near = await startBackend((_, response) => response.writeHead(isBroken ? 500 : 200).end('near'));
    await using far = await named('far');
    const snapshot = withPolicies(snapshotOf([], { [cluster]: [] }), {
      loadBalancer: { kind: 'ROUND_ROBIN' },
      locality: { kind: 'failover' },
      outlierDetection: {
        consecutive5xxErrors: 1,
        consecutiveGatewayErrors: 0,
        consecutiveLocalOriginFailures: 0,
        splitExternalLocalOriginErrors: false,
        intervalMs: 60_000,
        baseEjectionMs: 60_000,
        maxEjectionMs: 300_000,
        maxEjectionPercent: 10,
      },
    });
    const known = snapshot.clusters[cluster];
    if (known)
      known.endpoints = [near, far].map((endpoint, index) => ({
        address: endpoint.address,
        port: endpoint.port,
        locality: index === 0 ? 'us/a' : 'us/b',
      }));
    const services = [{ address: host, port: 8080, service: 'default/web', cluster, protocol: 'http' as const }];
    await proxy.apply({ ...snapshot, services, places: { [here]: { locality: 'us/a' } } });
    const seen: string[] = [];
    for (let round = 0; round < 4; round++) seen.push(await call(here));
    expect(seen).toEqual(['near', 'near', 'near', 'near']);
    expect([await call('127.0.0.42'), await call('127.0.0.42')].sort()).toEqual(['far', 'near']);
    isBroken = true;
    expect(await call(here)).toBe('near');
    expect([await call(here), await call(here)]).toEqual(['far', 'far']);
  });
});

describe('warm-up', () => {
  afterEach(() => void vi.useRealTimers());

  test('a new endpoint gets a share that grows', () => {
    vi.useFakeTimers();
    const [old, young] = [
      { address: '127.16.0.1', port: 80 },
      { address: '127.16.0.2', port: 80 },
    ];
    const policies: ClusterPolicies = {
      loadBalancer: { kind: 'ROUND_ROBIN' },
      warmup: { durationMs: 60_000, minimumPercent: 10, aggression: 1 },
    };
    const cluster = new UpstreamCluster({ service: 'web', endpoints: [old], ...policies }, new Deadlines());
    const share = () => {
      const picked = Array.from({ length: 110 }, () => cluster.pick(undefined, undefined, {})?.address);
      return picked.filter((address) => address === young.address).length;
    };
    vi.advanceTimersByTime(120_000);
    cluster.update({ service: 'web', endpoints: [old, young], ...policies });
    expect(share()).toBe(10);
    vi.advanceTimersByTime(30_000);
    expect(Math.abs(share() - 110 / 3)).toBeLessThan(2);
    vi.advanceTimersByTime(30_000);
    expect(share()).toBe(55);
  });
});
