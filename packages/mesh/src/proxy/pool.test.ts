import { Agent } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ClusterPolicies } from '../snapshot/cluster-policies.ts';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { meshForEachTest } from '../testing/mesh-for-each-test.ts';
import { snapshotOf, snapshotTo, withPolicies } from '../testing/snapshots.ts';

const key = 'web.default:80';
const mesh = meshForEachTest();

/** A service that answers when it is told to. */
async function holding(): Promise<Backend & { held: { url: string; response: ServerResponse }[] }> {
  const held: { url: string; response: ServerResponse }[] = [];
  const backend = await startBackend((request, response) => void held.push({ url: request.url ?? '', response }));
  return Object.assign(backend, { held });
}

const pending = () => mesh.proxy.upstreams.pool(key)?.pending.taken;
const apply = (backend: Backend, policies: ClusterPolicies) => mesh.proxy.apply(withPolicies(snapshotTo([backend]), policies));

describe('requests wait for a connection', () => {
  test('first come, first served', async () => {
    await using backend = await holding();
    await apply(backend, { connectionPool: { maxConnections: 1 } });
    const replies: Promise<{ status: number }>[] = [send(mesh.port, '/0')];
    await expect.poll(() => backend.held.length).toBe(1);
    for (const waiting of [1, 2, 3]) {
      replies.push(send(mesh.port, `/${waiting}`));
      await expect.poll(pending).toBe(waiting);
    }
    for (let done = 0; done < 4; done++) {
      await expect.poll(() => backend.held.length).toBe(done + 1);
      backend.held[done]?.response.end();
    }
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(backend.held.map(({ url }) => url)).toEqual(['/0', '/1', '/2', '/3']);
    expect(pending()).toBe(0);
  });

  test('one more than may wait is refused at once', async () => {
    await using backend = await holding();
    await apply(backend, { connectionPool: { maxConnections: 1, maxPendingRequests: 1 } });
    const first = send(mesh.port, '/');
    await expect.poll(() => backend.held.length).toBe(1);
    const second = send(mesh.port, '/');
    await expect.poll(pending).toBe(1);
    const refused = await send(mesh.port, '/');
    expect(refused).toMatchObject({ status: 503, headers: { 'x-hikyaku-reason': 'upstream_overflow' } });
    expect(refused.json()).toMatchObject({
      detail: `${key} has as much as its connection pool allows: 1 connections and 1 waiting requests are its limit.`,
    });
    backend.held[0]?.response.end();
    await expect.poll(() => backend.held.length).toBe(2);
    backend.held[1]?.response.end();
    expect(await Promise.all([first, second])).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  test('with their bodies', async () => {
    let isHeld = true;
    const held: ServerResponse[] = [];
    await using backend = await startBackend((request, response) => {
      if (isHeld) held.push(response);
      else request.pipe(response);
    });
    await apply(backend, { connectionPool: { maxConnections: 1 } });
    const first = send(mesh.port, '/');
    await expect.poll(() => held.length).toBe(1);
    isHeld = false;
    const body = 'x'.repeat(400_000);
    const second = send(mesh.port, '/', { method: 'POST', body });
    await expect.poll(pending).toBe(1);
    held[0]?.end();
    await first;
    expect(await second).toMatchObject({ status: 200, text: body });
  });

  test('and give their place back when the caller leaves', async () => {
    await using backend = await holding();
    await apply(backend, { connectionPool: { maxConnections: 1 } });
    const first = send(mesh.port, '/');
    await expect.poll(() => backend.held.length).toBe(1);
    const leaving = connect(mesh.port, '127.0.0.1', () => leaving.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    await expect.poll(pending).toBe(1);
    leaving.destroy();
    await expect.poll(pending).toBe(0);
    backend.held[0]?.response.end();
    await first;
    expect(backend.held).toHaveLength(1);
  });

  test('which a connection that breaks makes free', async () => {
    await using backend = await holding();
    await apply(backend, { connectionPool: { maxConnections: 1 } });
    const first = send(mesh.port, '/', { method: 'POST' });
    await expect.poll(() => backend.held.length).toBe(1);
    const second = send(mesh.port, '/');
    await expect.poll(pending).toBe(1);
    backend.held[0]?.response.socket?.resetAndDestroy();
    expect(await first).toMatchObject({ status: 502 });
    await expect.poll(() => backend.held.length).toBe(2);
    backend.held[1]?.response.end();
    expect(await second).toMatchObject({ status: 200 });
    expect(mesh.proxy.upstreams.pool(key)?.connections.taken).toBe(1);
  });
});

test('no more requests are in flight than may be', async () => {
  await using backend = await holding();
  await apply(backend, { connectionPool: { maxRequests: 1 } });
  const first = send(mesh.port, '/');
  await expect.poll(() => backend.held.length).toBe(1);
  expect(await send(mesh.port, '/')).toMatchObject({ status: 503, headers: { 'x-hikyaku-reason': 'upstream_overflow' } });
  backend.held[0]?.response.end();
  expect(await first).toMatchObject({ status: 200 });
});

test.each([
  [1, 4],
  [2, 2],
  [undefined, 1],
])('with %s requests per connection, four take %i connections', async (maxRequestsPerConnection, expected) => {
  let connections = 0;
  await using backend = await startBackend((_, response) => response.end());
  backend.server.on('connection', () => connections++);
  await apply(backend, { connectionPool: { ...(maxRequestsPerConnection && { maxRequestsPerConnection }) } });
  for (let round = 0; round < 4; round++) await send(mesh.port, '/');
  expect(connections).toBe(expected);
});

describe('retries under way at once', () => {
  test.each<[string, ClusterPolicies, { least: number; most: number }]>([
    ['maxRetries', { connectionPool: { maxRetries: 2 } }, { least: 2, most: 2 }],
    ['a budget that is a share of the requests', { retryBudget: { percent: 60, minRetryConcurrency: 1 } }, { least: 2, most: 3 }],
    ['the minimum of a budget', { retryBudget: { percent: 0, minRetryConcurrency: 1 } }, { least: 1, most: 1 }],
  ])('keep to %s, and the others get the answer there is', async (_, policies, { least, most }) => {
    const requests = 6;
    const first: ServerResponse[] = [];
    const retries: ServerResponse[] = [];
    await using backend = await startBackend((request, response) => {
      (request.headers['x-envoy-attempt-count'] === undefined ? first : retries).push(response);
    });
    const snapshot = snapshotTo([backend], { retry: { attempts: 1, retryOn: ['503'] } });
    await mesh.proxy.apply(withPolicies(snapshot, policies));
    const replies = Promise.all(Array.from({ length: requests }, () => send(mesh.port, '/')));
    await expect.poll(() => first.length).toBe(requests);
    for (const response of first) response.writeHead(503).end();
    await expect.poll(() => retries.length).toBeGreaterThan(0);
    // All that will come have come: the places of those that wait for their turn are taken too.
    await expect.poll(() => (mesh.proxy.upstreams.pool(key)?.retries.taken ?? 0) - retries.length).toBe(0);
    for (const response of retries) response.end();
    const served = (await replies).filter(({ status }) => status === 200).length;
    expect(served).toBeGreaterThanOrEqual(least);
    expect(served).toBeLessThanOrEqual(most);
    expect(mesh.proxy.upstreams.pool(key)?.retries.taken).toBe(0);
  });
});

describe('connections that carry bytes', () => {
  const host = '127.96.202.1';
  const listener = { address: host, port: 8080, service: 'default/db', cluster: 'db.default:8080', protocol: 'tcp' as const };
  const open = () => connect({ host, port: listener.port });
  const isOver = (socket: Socket) =>
    new Promise((resolve) => socket.on('error', () => undefined).once('close', () => resolve('over')));

  async function listen(backend: Backend, policies: ClusterPolicies): Promise<void> {
    const snapshot = withPolicies(snapshotOf([], { [listener.cluster]: [backend] }), policies);
    expect(await mesh.proxy.apply({ ...snapshot, services: [listener] })).toEqual([]);
  }

  test('are not more than may be', async () => {
    await using backend = await startBackend(() => undefined);
    await listen(backend, { connectionPool: { maxConnections: 1 } });
    const first = open();
    const places = () => mesh.proxy.upstreams.pool(listener.cluster)?.connections.taken;
    await expect.poll(places).toBe(1);
    expect(await isOver(open())).toBe('over');
    first.destroy();
    await expect.poll(places).toBe(0);
  });

  test('end when their time is over, or nothing comes', async () => {
    await using backend = await startBackend(() => undefined);
    await listen(backend, { connectionPool: { maxConnectionDurationMs: 40 } });
    expect(await isOver(open())).toBe('over');
    await listen(backend, { connectionPool: { tcpIdleTimeoutMs: 40 } });
    expect(await isOver(open())).toBe('over');
  });
});

test('connections are used again only while they are young', async () => {
  let connections = 0;
  await using backend = await startBackend((_, response) => response.end());
  backend.server.on('connection', () => connections++);
  await apply(backend, { connectionPool: { maxConnectionDurationMs: 1 } });
  const agent = new Agent({ keepAlive: true });
  for (let round = 0; round < 3; round++) await send(mesh.port, '/', { agent });
  agent.destroy();
  expect(connections).toBeGreaterThan(1);
});
