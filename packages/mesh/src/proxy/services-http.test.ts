import { Agent } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Endpoint, RequestMatch } from '../snapshot/snapshot.ts';
import { send, startBackend } from '../testing/backend.ts';
import { forwardTo, snapshotOf } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

// An address of its own, so that any port is free on it.
const host = '127.96.201.1';
const port = 8080;
let proxy: MeshProxy;

beforeEach(() => {
  proxy = new MeshProxy({ gatewayPort: 0 });
});

afterEach(() => proxy.close(0));

function apply(endpoints: Endpoint[]): Promise<string[]> {
  const snapshot = snapshotOf([], { 'order.shop:8080': endpoints });
  return proxy.apply({
    ...snapshot,
    services: [{ address: host, port, service: 'shop/order', cluster: 'order.shop:8080', protocol: 'http' }],
  });
}

const call = (agent: Agent, method = 'GET') =>
  send(port, '/a/../b?c=d', { host, agent, method, headers: { host: 'order.shop:8080', 'x-forwarded-for': '10.0.0.1' } });

test('a request goes through as it was, with a trace', async () => {
  await using backend = await startBackend((request, response) =>
    response.end(JSON.stringify({ url: request.url, headers: request.headers })),
  );
  await apply([backend]);
  const { url, headers } = (await call(new Agent())).json() as { url: string; headers: Record<string, string> };
  expect({ url, headers }).toMatchObject({
    url: '/a/../b?c=d',
    headers: { host: 'order.shop:8080', 'x-forwarded-for': '10.0.0.1' },
  });
  expect(headers.traceparent).toMatch(/^00-/);
  expect(headers).not.toHaveProperty('via');
});

test('rules may ask who calls: it is known by its address', async () => {
  await using ours = await startBackend((_, response) => response.end('ours'));
  await using theirs = await startBackend((_, response) => response.end('theirs'));
  const snapshot = snapshotOf([], { 'order.shop:8080': [theirs], 'order.shop:8080/new': [ours] });
  const to = (cluster: string, ...matches: RequestMatch[]) => ({ name: cluster, matches, action: forwardTo(cluster) });
  await proxy.apply({
    ...snapshot,
    services: [{ address: host, port, service: 'shop/order', cluster: 'order.shop:8080', protocol: 'http' }],
    serviceRoutes: {
      'order.shop:8080': [to('order.shop:8080/new', { source: { labels: { app: 'cart' } } }), to('order.shop:8080')],
    },
    callers: { '127.16.9.8': { namespace: 'shop', labels: { app: 'cart' } } },
  });
  const from = (localAddress: string) => send(port, '/', { host, localAddress, headers: { host: 'order.shop:8080' } });
  expect([(await from('127.16.9.8')).text, (await from('127.16.9.7')).text]).toEqual(['ours', 'theirs']);
});

test('a caller keeps its connection while the Pods behind it roll', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let local: number | undefined;
  const seen: string[] = [];
  for (const version of ['1', '2', '3']) {
    await using backend = await startBackend((_, response) => response.end(version));
    await apply([backend]);
    seen.push((await call(agent, 'POST')).text);
    const [socket] = Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
    local ??= socket?.localPort;
    expect(socket?.localPort).toBe(local);
  }
  agent.destroy();
  expect(seen).toEqual(['1', '2', '3']);
});

test('a caller that is connected is told when there is no endpoint left; a new one is refused', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await using backend = await startBackend((_, response) => response.end('ok'));
  await apply([backend]);
  await call(agent);
  await apply([]);
  expect((await call(agent)).json()).toMatchObject({ status: 503, detail: 'No ready endpoints for order.shop.' });
  await expect(call(new Agent())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  agent.destroy();
});

test('requests, not connections, are spread over the endpoints', async () => {
  await using first = await startBackend((_, response) => response.end('1'));
  await using second = await startBackend((_, response) => response.end('2'));
  await apply([first, second]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const seen = [];
  for (let round = 0; round < 6; round++) seen.push((await call(agent)).text);
  agent.destroy();
  expect(seen.sort()).toEqual(['1', '1', '1', '2', '2', '2']);
});

test('rules for calls between services hold', async () => {
  await using stable = await startBackend((_, response) => response.end('stable'));
  await using canary = await startBackend((_, response) => response.end('canary'));
  const snapshot = snapshotOf([], { 'order.shop:8080': [stable], 'order-v2.shop:8080': [canary] });
  await proxy.apply({
    ...snapshot,
    services: [{ address: host, port, service: 'shop/order', cluster: 'order.shop:8080', protocol: 'http' }],
    serviceRoutes: {
      'order.shop:8080': [
        { name: 'canary', matches: [{ headers: { 'x-canary': { present: true } } }], action: forwardTo('order-v2.shop:8080') },
        { name: 'rest', matches: [{ uri: { prefix: '/orders' } }], action: forwardTo('order.shop:8080') },
      ],
    },
  });
  expect(await send(port, '/orders', { host })).toMatchObject({ text: 'stable' });
  expect(await send(port, '/orders', { host, headers: { 'x-canary': '1' } })).toMatchObject({ text: 'canary' });
  const unmatched = await send(port, '/other', { host });
  expect(unmatched.json()).toMatchObject({ status: 404, detail: 'No rule for calls to order.shop:8080 matches GET /other.' });
});
