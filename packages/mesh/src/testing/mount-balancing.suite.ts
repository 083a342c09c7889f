/**
 * Which endpoint and which rule take a call, where that depends on who calls, on what came before, or on a key: the part of both mounts'
 * conformance suite that is about choosing.
 */
import { describe, expect, it } from 'vitest';
import type { LoadBalancerPolicy, OutlierDetectionPolicy } from '../snapshot/cluster-policies.ts';
import type { Route } from '../snapshot/snapshot.ts';
import { webCluster } from './mounts.ts';
import { webWith } from './mount-cases.ts';
import type { MountCases } from './mount-cases.ts';
import { forwardTo, routeFor } from './snapshots.ts';

const byCookie: LoadBalancerPolicy = {
  kind: 'RING_HASH',
  key: { by: 'cookie', name: 'basket', path: '/', ttlMs: 3_600_000 },
  minimumRingSize: 1024,
};
const hashing: [string, LoadBalancerPolicy][] = [
  ['a ring', { kind: 'RING_HASH', key: { by: 'header', name: 'x-user' }, minimumRingSize: 1024 }],
  ['Maglev', { kind: 'MAGLEV', key: { by: 'header', name: 'x-user' }, tableSize: 65_537 }],
];
const outlierDetection: OutlierDetectionPolicy = {
  consecutive5xxErrors: 3,
  consecutiveGatewayErrors: 0,
  consecutiveLocalOriginFailures: 5,
  splitExternalLocalOriginErrors: false,
  intervalMs: 200,
  baseEjectionMs: 1_000,
  maxEjectionMs: 300_000,
  maxEjectionPercent: 100,
};
const betaCluster = 'beta.default:8080';

export function describeBalancing(cases: MountCases): void {
  describe('who takes a call', () => {
    describeStickiness(cases);
    describeEjection(cases);
    describeCallers(cases);
  });
}

function describeStickiness({ by, mount, saying, call }: MountCases): void {
  it('a caller without the cookie is given one, and with it comes to the same endpoint again', async () => {
    const endpoints = [await saying('one'), await saying('two'), await saying('three')];
    await mount().apply({ [webCluster]: webWith(endpoints, { loadBalancer: byCookie }) });
    const seen = new Set<string>();
    for (let visitor = 0; visitor < 12; visitor++) {
      const { text, headers } = await call('/');
      const [, value = ''] = /^basket=([\da-f-]{36}); Max-Age=3600; Path=\/; HttpOnly$/.exec(headers['set-cookie'] ?? '') ?? [];
      expect(value).not.toBe('');
      seen.add(text);
      const again = await mount().calls(3, { by, headers: { cookie: `other=1; basket=${value}` } });
      expect(again.map((answer) => answer.text)).toEqual([text, text, text]);
      expect(again.map((answer) => answer.headers)).not.toContainEqual(
        expect.objectContaining({ 'set-cookie': expect.anything() as string }),
      );
    }
    // Twelve times the same by chance: once in 3^11.
    expect(seen.size).toBeGreaterThan(1);
  });

  it.each(hashing)('a header leads to one endpoint by %s, and most stay when one goes', async (_, loadBalancer) => {
    const endpoints = [await saying('one'), await saying('two'), await saying('three')];
    const whom = async (user: number) => (await call('/', { headers: { 'x-user': `user ${user}` } })).text;
    const users = Array.from({ length: 30 }, (_unused, user) => user);
    await mount().apply({ [webCluster]: webWith(endpoints, { loadBalancer }) });
    const first = await Promise.all(users.map(whom));
    expect(await Promise.all(users.map(whom))).toEqual(first);
    expect(new Set(first)).toEqual(new Set(['one', 'two', 'three']));
    await mount().apply({ [webCluster]: webWith(endpoints.slice(0, 2), { loadBalancer }) });
    const later = await Promise.all(users.map(whom));
    expect(later).not.toContain('three');
    const moved = users.filter((user) => first[user] !== 'three' && later[user] !== first[user]);
    expect(moved.length).toBeLessThan(5);
  });
}

function describeEjection({ mount, backend, saying, call }: MountCases): void {
  it('an endpoint that keeps failing is left alone, and comes back', async () => {
    let isIll = true;
    let asked = 0;
    const ill = await backend((_request, response) => {
      asked++;
      response.writeHead(isIll ? 500 : 200).end('ill');
    });
    const well = await saying('well');
    await mount().apply({
      [webCluster]: webWith([ill, well], { loadBalancer: { kind: 'ROUND_ROBIN' }, outlierDetection }),
    });
    const texts: string[] = [];
    while (asked < 3) texts.push((await call('/')).text);
    const ejectedAt = performance.now();
    const meanwhile: string[] = [];
    for (let round = 0; round < 6; round++) meanwhile.push((await call('/')).text);
    // On a machine so slow that its time is over before these, there is nothing to be seen.
    if (performance.now() - ejectedAt < 1_000) expect(new Set(meanwhile)).toEqual(new Set(['well']));
    isIll = false;
    await expect.poll(async () => (await call('/')).text, { timeout: 10_000 }).toBe('ill');
    expect(texts).toContain('well');
  });
}

function describeCallers({ mount, saying, call }: MountCases): void {
  const to = (cluster: string, labels: Record<string, string>): Route => ({
    name: `for ${JSON.stringify(labels)}`,
    matches: [{ source: { namespace: 'shop', labels } }],
    action: forwardTo(cluster),
  });
  const everyone = routeFor('/', forwardTo(webCluster));

  it('a rule for callers with certain labels takes the calls of those', async () => {
    const clusters = { [webCluster]: [await saying('for all')], [betaCluster]: [await saying('for carts')] };
    const routes = [to(betaCluster, { app: 'cart' }), everyone];
    const callers = (app: string, namespace = 'shop') => ({ callers: { [mount().podIp]: { namespace, labels: { app } } } });
    await mount().apply(clusters, routes, callers('cart'));
    expect((await call('/')).text).toBe('for carts');
    await mount().apply(clusters, routes, callers('orders'));
    expect((await call('/')).text).toBe('for all');
    await mount().apply(clusters, routes, callers('cart', 'elsewhere'));
    expect((await call('/')).text).toBe('for all');
  });

  it('rules for callers of one namespace go before those for all', async () => {
    const clusters = { [webCluster]: [await saying('for all')], [betaCluster]: [await saying('for the shop')] };
    const callerRoutes = { shop: { [webCluster]: [routeFor('/', forwardTo(betaCluster))] } };
    const callers = (namespace: string) => ({ callerRoutes, callers: { [mount().podIp]: { namespace, labels: {} } } });
    await mount().apply(clusters, [everyone], callers('shop'));
    expect((await call('/')).text).toBe('for the shop');
    await mount().apply(clusters, [everyone], callers('other'));
    expect((await call('/')).text).toBe('for all');
  });
}
