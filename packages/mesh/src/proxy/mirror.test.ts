import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MirrorPolicy } from '../snapshot/route-policies.ts';
import type { Protection } from '../snapshot/protection.ts';
import type { Endpoint } from '../snapshot/snapshot.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

let proxy: MeshProxy;
let port: number;
let primary: Backend;
let copied: Seen[];
let mirror: Backend;

beforeEach(async () => {
  copied = [];
  primary = await startBackend((request, response) => {
    request.resume().on('end', () => response.end('primary'));
  });
  mirror = await startBackend((request, response) => {
    const { method, url, headers } = request;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      copied.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(500).end('nobody reads this');
    });
  });
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
});

afterEach(async () => {
  await proxy.close(0);
  await primary[Symbol.asyncDispose]();
  await mirror[Symbol.asyncDispose]();
});

function apply(mirrors: MirrorPolicy[], endpoints: Endpoint[] = [mirror], protection?: Protection) {
  const route = {
    ...routeFor('/api', forwardTo('web:80', { rewrite: { uri: '/v2', authority: 'web.shop:8080' } })),
    policies: { mirrors },
  };
  const snapshot = snapshotOf([route], { 'web:80': [primary], 'copy:80': endpoints });
  return proxy.apply({ ...snapshot, ...(protection && { protection }) });
}

const all = [{ cluster: 'copy:80', percent: 100 }];

test('a copy has the target, the fields and the body of the request, and the mark of a copy', async () => {
  await apply(all);
  const body = 'x'.repeat(300_000);
  const reply = await send(port, '/api/orders?a=1', { method: 'POST', body, headers: { 'x-user': 'jason' } });
  expect(reply).toMatchObject({ status: 200, text: 'primary' });
  await vi.waitFor(() => expect(copied).toHaveLength(1));
  expect(copied[0]).toMatchObject({
    method: 'POST',
    url: '/v2/orders?a=1',
    headers: { host: 'web.shop-shadow:8080', 'x-user': 'jason', 'content-length': '300000' },
    body,
  });
});

test('a body of unknown length is copied as well', async () => {
  await apply(all);
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    path: '/api',
    method: 'PUT',
    agent: false,
    headers: { host: 'localhost' },
  });
  request.write('one ');
  request.end('two');
  await once(request, 'response');
  await vi.waitFor(() => expect(copied).toMatchObject([{ body: 'one two' }]));
});

test('a share is copied, within 4 σ', async () => {
  await apply([{ cluster: 'copy:80', percent: 25 }]);
  await Promise.all(Array.from({ length: 200 }, () => send(port, '/api')));
  // The last of the copies may still be on their way.
  await vi.waitFor(() => expect(Math.abs(copied.length - 50)).toBeLessThan(4 * Math.sqrt(200 * 0.25 * 0.75)));
});

test('several mirrors each get one', async () => {
  await apply([...all, ...all]);
  await send(port, '/api');
  await vi.waitFor(() => expect(copied).toHaveLength(2));
});

test('a mirror without endpoints, or that cannot be reached, is nothing to the request', async () => {
  const gone = { address: mirror.address, port: mirror.port };
  await apply(all, []);
  expect(await send(port, '/api')).toMatchObject({ status: 200 });
  await mirror[Symbol.asyncDispose]();
  await apply(all, [gone]);
  expect(await send(port, '/api', { method: 'POST', body: 'x' })).toMatchObject({ status: 200 });
});

test('a copy is let in where its request would be, and the request is served in any case', async () => {
  const deletes = { from: [], to: [[{ attribute: { kind: 'method' as const }, values: ['DELETE'], notValues: [] }]], when: [] };
  await apply(all, [mirror], {
    authentications: {},
    authorizations: { 'shop/no-deletes': { action: 'DENY', rules: [deletes] } },
    localRateLimits: {},
    globalRateLimits: {},
    clusters: { 'copy:80': { authorizations: ['shop/no-deletes'], ports: [80] } },
  });
  expect(await send(port, '/api', { method: 'DELETE' })).toMatchObject({ status: 200, text: 'primary' });
  expect(await send(port, '/api')).toMatchObject({ status: 200 });
  await vi.waitFor(() => expect(copied).toHaveLength(1));
  expect(copied[0]).toMatchObject({ method: 'GET' });
  expect(proxy.upstreams.pool('copy:80')?.counts.lostCopies).toMatchObject({ denied: 1 });
});

test('a mirror that takes no body is given up and holds nothing back', async () => {
  const sockets: Socket[] = [];
  const stuck = createServer((socket) => {
    socket.on('error', () => undefined).pause();
    sockets.push(socket);
  });
  stuck.listen(0, '127.0.0.1');
  await once(stuck, 'listening');
  await apply(all, [{ address: '127.0.0.1', port: portOf(stuck) }]);
  const reply = await send(port, '/api', { method: 'POST', body: Buffer.alloc(16 * 1024 * 1024) });
  expect(reply).toMatchObject({ status: 200, text: 'primary' });
  const [socket] = sockets;
  // Given up means closed: what the kernel has taken can be read, and then comes the end.
  await new Promise((resolve) => socket?.once('close', resolve).resume());
  stuck.close();
});

test('a copy of a request whose caller left is given up', async () => {
  await apply(all);
  const closed = new Promise((resolve) => mirror.server.once('connection', (socket) => socket.once('close', resolve)));
  const client = connect(port, '127.0.0.1');
  client.write('POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf');
  await once(mirror.server, 'request');
  client.destroy();
  await closed;
  expect(copied).toEqual([]);
});
