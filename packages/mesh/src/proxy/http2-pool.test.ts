/** The limits of a cluster whose endpoints speak HTTP/2: the same as for HTTP/1.1, and how many requests share a connection. */
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectionPoolPolicy } from '../snapshot/cluster-policies.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { snapshotTo, withPolicies } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

const key = 'web.default:80';
let proxy: MeshProxy;
let port: number;
let server: Http2Server;
let held: { path: string; stream: ServerHttp2Stream; session: ServerHttp2Session }[];
let sessions: Set<ServerHttp2Session>;
/** How many connections there were. */
let connections: number;

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
  held = [];
  sessions = new Set();
  connections = 0;
  server = createServer();
  server.on('session', (session: ServerHttp2Session) => {
    connections++;
    sessions.add(session);
    session.on('error', () => undefined).once('close', () => sessions.delete(session));
    session.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      held.push({ path: headers[':path'] ?? '', stream, session });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await proxy.close(0);
  for (const session of sessions) session.destroy();
  server.close();
});

const pool = () => proxy.upstreams.pool(key);
const places = () => ({ connections: pool()?.connections.taken, pending: pool()?.pending.taken });

function apply(connectionPool: ConnectionPoolPolicy, endpoint = { address: '127.0.0.1', port: portOf(server) }) {
  const snapshot = withPolicies(snapshotTo([endpoint], { retry: { attempts: 0, retryOn: [] } }), { connectionPool });
  for (const cluster of Object.values(snapshot.clusters)) cluster.protocol = 'http2';
  return proxy.apply(snapshot);
}

function answer(index: number): void {
  held[index]?.stream.respond({ ':status': 200 }, { endStream: true });
}

const overflowed = { status: 503, headers: { 'x-hikyaku-reason': 'upstream_overflow' } };

describe('requests wait for room on a connection', () => {
  test('first come, first served, where one carries two at a time', async () => {
    await apply({ maxConnections: 1, maxConcurrentStreams: 2 });
    const replies = [send(port, '/0'), send(port, '/1')];
    await expect.poll(() => held.length).toBe(2);
    for (const waiting of [1, 2]) {
      replies.push(send(port, `/${waiting + 1}`));
      await expect.poll(() => pool()?.pending.taken).toBe(waiting);
    }
    expect(held).toHaveLength(2);
    answer(0);
    await expect.poll(() => held.length).toBe(3);
    answer(1);
    await expect.poll(() => held.length).toBe(4);
    answer(2);
    answer(3);
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(held.slice(2).map(({ path }) => path)).toEqual(['/2', '/3']);
    expect(connections).toBe(1);
    expect(places()).toEqual({ connections: 1, pending: 0 });
  });

  test('another connection is made where there may be more', async () => {
    await apply({ maxConnections: 2, maxConcurrentStreams: 1 });
    const replies = [send(port, '/'), send(port, '/')];
    await expect.poll(() => held.length).toBe(2);
    expect(connections).toBe(2);
    answer(0);
    answer(1);
    expect(await Promise.all(replies)).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  test('and one more than may wait is refused at once', async () => {
    await apply({ maxConnections: 1, maxConcurrentStreams: 1, maxPendingRequests: 1 });
    const first = send(port, '/');
    await expect.poll(() => held.length).toBe(1);
    const second = send(port, '/');
    await expect.poll(() => pool()?.pending.taken).toBe(1);
    const refused = await send(port, '/');
    expect(refused).toMatchObject(overflowed);
    expect(refused.json()).toMatchObject({
      detail: `${key} has as much as its connection pool allows: 1 connections and 1 waiting requests are its limit.`,
    });
    answer(0);
    await expect.poll(() => held.length).toBe(2);
    answer(1);
    expect(await Promise.all([first, second])).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(places()).toEqual({ connections: 1, pending: 0 });
  });

  test('with their bodies', async () => {
    await apply({ maxConnections: 1, maxConcurrentStreams: 1 });
    const first = send(port, '/');
    await expect.poll(() => held.length).toBe(1);
    const body = 'x'.repeat(400_000);
    const second = send(port, '/', { method: 'POST', body });
    await expect.poll(() => pool()?.pending.taken).toBe(1);
    answer(0);
    await first;
    await expect.poll(() => held.length).toBe(2);
    const { stream } = held[1] ?? {};
    stream?.respond({ ':status': 200 });
    stream?.pipe(stream);
    expect(await second).toMatchObject({ status: 200, text: body });
  });

  test('and give their place back when the connection breaks', async () => {
    await apply({ maxConnections: 1, maxConcurrentStreams: 1 });
    const first = send(port, '/');
    await expect.poll(() => held.length).toBe(1);
    const second = send(port, '/');
    await expect.poll(() => pool()?.pending.taken).toBe(1);
    held[0]?.session.destroy();
    expect(await first).toMatchObject({ status: 502 });
    await expect.poll(() => held.length).toBe(2);
    answer(1);
    expect(await second).toMatchObject({ status: 200 });
    expect(places()).toEqual({ connections: 1, pending: 0 });
  });
});

test('a request also waits while its connection is being made', async () => {
  const sockets: Socket[] = [];
  // Accepts and says nothing: no connection of HTTP/2 comes about before it does.
  const silent = createTcpServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  await apply({ maxPendingRequests: 1, maxRequests: 2 }, { address: '127.0.0.1', port: portOf(silent) });
  const waiting = send(port, '/');
  await expect.poll(() => sockets.length).toBe(1);
  await expect.poll(() => pool()?.requests.taken).toBe(1);
  for (const socket of sockets) socket.destroy();
  silent.close();
  expect((await waiting).status).toBeGreaterThanOrEqual(502);
  await expect.poll(places).toEqual({ connections: 0, pending: 0 });
});

test('no more requests are in flight than may be', async () => {
  await apply({ maxRequests: 1 });
  const first = send(port, '/');
  await expect.poll(() => held.length).toBe(1);
  expect(await send(port, '/')).toMatchObject(overflowed);
  answer(0);
  expect(await first).toMatchObject({ status: 200 });
});

test.each([
  [1, 4],
  [2, 2],
  [undefined, 1],
])('with %s requests per connection, four take %i connections', async (maxRequestsPerConnection, expected) => {
  await apply({ ...(maxRequestsPerConnection && { maxRequestsPerConnection }) });
  for (let round = 0; round < 4; round++) {
    const reply = send(port, '/');
    await expect.poll(() => held.length).toBe(round + 1);
    answer(round);
    expect(await reply).toMatchObject({ status: 200 });
  }
  expect(connections).toBe(expected);
});

test.each(['http1', 'http2'] as const)('endpoints are asked in what the caller speaks: %s', async (protocol) => {
  await using http1 = await startBackend((request, response) => response.end(`HTTP/${request.httpVersion}`));
  const endpoint = protocol === 'http1' ? http1 : { address: '127.0.0.1', port: portOf(server) };
  // What the port is said to speak would be the other one.
  const snapshot = withPolicies(snapshotTo([endpoint]), { connectionPool: { useClientProtocol: true } });
  for (const cluster of Object.values(snapshot.clusters)) if (protocol === 'http1') cluster.protocol = 'http2';
  await proxy.apply(snapshot);
  if (protocol === 'http1') {
    expect(await send(port, '/')).toMatchObject({ status: 200, text: 'HTTP/1.1' });
    return;
  }
  const { connect } = await import('node:http2');
  const session = connect(`http://localhost:${port}`);
  const stream = session.request({ ':path': '/mine' });
  await expect.poll(() => held.map(({ path }) => path)).toEqual(['/mine']);
  answer(0);
  const [headers] = (await once(stream, 'response')) as [{ ':status'?: number }];
  expect(headers[':status']).toBe(200);
  session.destroy();
});
