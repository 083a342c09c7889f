import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { compile } from '../snapshot/compile.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { meshForEachTest } from '../testing/mesh-for-each-test.ts';
import { endpointSlice, gateway, service, virtualService } from '../testing/resources.ts';
import { snapshotTo, withPolicies } from '../testing/snapshots.ts';

const key = 'web.default:80';
const outlierDetection = {
  consecutive5xxErrors: 2,
  consecutiveGatewayErrors: 0,
  consecutiveLocalOriginFailures: 5,
  splitExternalLocalOriginErrors: false,
  intervalMs: 60_000,
  baseEjectionMs: 60_000,
  maxEjectionMs: 300_000,
  maxEjectionPercent: 100,
};
const inTurn = { kind: 'ROUND_ROBIN' } as const;
const mesh = meshForEachTest();

async function answers(count: number): Promise<string> {
  let seen = '';
  for (let round = 0; round < count; round++) seen += (await send(mesh.port, '/')).text;
  return seen;
}

describe('an endpoint that fails', () => {
  test('gets no more requests, also under a new snapshot, until its time is over', async () => {
    let isBroken = true;
    await using one = await startBackend((_, response) => response.writeHead(isBroken ? 500 : 200).end('1'));
    await using two = await startBackend((_, response) => response.end('2'));
    const shortly = { ...outlierDetection, intervalMs: 400, baseEjectionMs: 400 };
    const snapshot = () => withPolicies(snapshotTo([one, two]), { loadBalancer: inTurn, outlierDetection: shortly });
    await mesh.proxy.apply(snapshot());
    expect(await answers(3)).toBe('121');
    const ejectedAt = performance.now();
    await mesh.proxy.apply(snapshot());
    isBroken = false;
    // On a machine so slow that its time is over before these, there is nothing to be seen.
    const meanwhile = await answers(4);
    if (performance.now() - ejectedAt < 400) expect(meanwhile).toBe('2222');
    await expect.poll(() => mesh.proxy.upstreams.closed(key)).toBe(0);
    expect(await answers(4)).toMatch(/^(1212|2121)$/);
  });

  test('stays, where too many are ejected already', async () => {
    await using one = await startBackend((_, response) => response.writeHead(500).end('1'));
    await using two = await startBackend((_, response) => response.writeHead(500).end('2'));
    const policies = { loadBalancer: inTurn, outlierDetection: { ...outlierDetection, maxEjectionPercent: 50 } };
    await mesh.proxy.apply(withPolicies(snapshotTo([one, two]), policies));
    await answers(8);
    expect(mesh.proxy.upstreams.closed(key)).toBe(1);
    expect(await answers(2)).toMatch(/^(11|22)$/);
  });

  test('by not being there counts as well', async () => {
    const gone = await startBackend(() => undefined);
    await gone[Symbol.asyncDispose]();
    await using two = await startBackend((_, response) => response.end('2'));
    await mesh.proxy.apply(withPolicies(snapshotTo([gone, two]), { loadBalancer: inTurn, outlierDetection }));
    expect(await answers(6)).toBe('222222');
    expect(mesh.proxy.upstreams.closed(key)).toBe(1);
  });

  test('by being too slow counts as well', async () => {
    await using slow = await startBackend(() => undefined);
    await mesh.proxy.apply(
      withPolicies(snapshotTo([slow], { timeoutMs: 30, retry: { attempts: 0, retryOn: [] } }), { outlierDetection }),
    );
    expect([(await send(mesh.port, '/')).status, (await send(mesh.port, '/')).status]).toEqual([504, 504]);
    expect(mesh.proxy.upstreams.closed(key)).toBe(1);
  });

  test('and was the only one: callers are told why there is none', async () => {
    await using only = await startBackend((_, response) => response.writeHead(500).end());
    await mesh.proxy.apply(withPolicies(snapshotTo([only]), { outlierDetection }));
    await answers(2);
    const reply = await send(mesh.port, '/');
    expect(reply.headers['x-hikyaku-reason']).toBe('no_endpoint');
    expect(reply.json()).toMatchObject({
      status: 503,
      detail: 'No healthy endpoints for web.default: its only endpoint is ejected or failing health checks.',
    });
  });

  test('is used all the same below the minimum of healthy ones', async () => {
    await using only = await startBackend((_, response) => response.writeHead(500).end('1'));
    await mesh.proxy.apply(withPolicies(snapshotTo([only]), { outlierDetection, minHealthPercent: 50 }));
    expect(await answers(4)).toBe('1111');
  });
});

describe('health checks', () => {
  const healthCheck = {
    intervalMs: 15,
    timeoutMs: 2_000,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    http: { path: '/healthz', host: 'web', expectedStatuses: [[200, 299]] as [number, number][] },
  };

  test('take an endpoint out that answers wrongly, and bring it back', async () => {
    let isWell = true;
    const answerCheck = (response: ServerResponse) => response.writeHead(isWell ? 204 : 500).end();
    await using one = await startBackend((request, response) =>
      request.url === '/healthz' ? answerCheck(response) : response.end('1'),
    );
    await using two = await startBackend((request, response) => response.end(request.url === '/healthz' ? '' : '2'));
    await mesh.proxy.apply(withPolicies(snapshotTo([one, two]), { loadBalancer: inTurn, healthCheck }));
    expect(await answers(4)).toMatch(/^(1212|2121)$/);
    isWell = false;
    await expect.poll(() => mesh.proxy.upstreams.closed(key)).toBe(1);
    expect(await answers(3)).toBe('222');
    isWell = true;
    await expect.poll(() => mesh.proxy.upstreams.closed(key)).toBe(0);
  });

  test('by connecting alone', async () => {
    const backend = await startBackend(() => undefined);
    const { intervalMs, timeoutMs, healthyThreshold, unhealthyThreshold } = healthCheck;
    const byConnecting = { intervalMs, timeoutMs, healthyThreshold, unhealthyThreshold };
    await mesh.proxy.apply(withPolicies(snapshotTo([backend]), { healthCheck: byConnecting }));
    expect(mesh.proxy.upstreams.closed(key)).toBe(0);
    await backend[Symbol.asyncDispose]();
    await expect.poll(() => mesh.proxy.upstreams.closed(key)).toBe(1);
    await using again = await startBackend(() => undefined, { port: backend.port });
    expect(portOf(again.server)).toBe(backend.port);
    await expect.poll(() => mesh.proxy.upstreams.closed(key)).toBe(0);
  });
});

test('a Pod that turns unready gets no new request, and finishes those it has', async () => {
  const arrived = Promise.withResolvers<ServerResponse>();
  await using one = await startBackend((request, response) =>
    request.url === '/long' ? arrived.resolve(response) : response.end('1'),
  );
  await using two = await startBackend((_, response) => response.end('2'), { address: '127.0.0.2', port: one.port });
  const apply = (ready: boolean) =>
    mesh.proxy.apply(
      compile({
        services: [service('web')],
        endpointSlices: [
          endpointSlice('web', [
            { ...one, ready },
            { ...two, ready: !ready },
          ]),
        ],
        pods: [],
        gateways: [gateway('shop')],
        virtualServices: [virtualService('shop', { gateways: ['shop'], http: [{ route: [{ destination: { host: 'web' } }] }] })],
      }),
    );
  await apply(true);
  const long = send(mesh.port, '/long');
  const response = await arrived.promise;
  await apply(false);
  expect(await answers(4)).toBe('2222');
  response.end('done');
  expect(await long).toMatchObject({ status: 200, text: 'done' });
});
