/**
 * The gateway's port for TLS over real sockets.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, request as httpsRequest, createServer as createHttpsServer } from 'node:https';
import { connect as connectTcp, createServer } from 'node:net';
import { TLSSocket, connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint, Snapshot, TlsServer, TlsSettings } from '../snapshot/snapshot.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { makeCertificate } from '../testing/certificates.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

const shop = await makeCertificate('shop.localhost');
const wild = await makeCertificate('*.localhost');
const renewed = await makeCertificate('shop.localhost');
const ada = await makeCertificate('ada');
const mallory = await makeCertificate('mallory');

let proxy: MeshProxy;

beforeEach(() => {
  proxy = new MeshProxy({ gatewayPort: 0 });
});

afterEach(() => proxy.close(0));

function terminate(settings: TlsSettings, ...hosts: string[]): TlsServer {
  return { kind: 'terminate', hosts, settings };
}

/** Everything leads to the endpoint, on both ports. */
async function serve(endpoint: Endpoint, ...servers: TlsServer[]): Promise<number> {
  const snapshot = snapshotTo([endpoint]);
  expect(await proxy.apply(withTls(snapshot, servers))).toEqual([]);
  return proxy.gatewayTlsPort ?? 0;
}

function withTls(snapshot: Snapshot, servers: TlsServer[]): Snapshot {
  return { ...snapshot, tls: { virtualHosts: snapshot.virtualHosts, servers } };
}

interface Asked {
  host?: string;
  path?: string;
  servername?: string;
  agent?: Agent;
  tls?: ConnectionOptions;
}

/** Rejects when the connection is refused at any stage. */
async function ask(port: number, { host = 'shop.localhost', path = '/', servername = host, agent, tls }: Asked = {}) {
  const request = httpsRequest({
    host: '127.0.0.1',
    port,
    path,
    servername,
    agent: agent ?? false,
    headers: { host },
    // Who answered is looked at by its certificate.
    rejectUnauthorized: false,
    ...tls,
  });
  // Before the response an error rejects; after it, it is of no interest.
  request.on('error', () => undefined).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { socket } = response;
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part as string;
  return { status: response.statusCode, headers: response.headers, text, subject };
}

const seen = () =>
  startBackend((request, response) => response.end(JSON.stringify([request.url, request.headers['x-forwarded-proto']])));

describe('HTTPS', () => {
  test('is served over HTTP/1.1, and the service is told', async () => {
    await using backend = await seen();
    const port = await serve(backend, terminate(shop, 'shop.localhost'));
    expect(await ask(port, { path: '/tea' })).toMatchObject({ status: 200, text: '["/tea","https"]', subject: 'shop.localhost' });
  });

  test('is served over HTTP/2 to whoever prefers it', async () => {
    await using backend = await seen();
    const port = await serve(backend, terminate(shop, '*'));
    const session = connectHttp2(`https://localhost:${port}`, { rejectUnauthorized: false });
    const stream = session.request({ ':path': '/tea' });
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    expect(headers[':status']).toBe(200);
    let text = '';
    for await (const part of stream.setEncoding('utf8')) text += part as string;
    expect(text).toBe('["/tea","https"]');
    session.close();
  });

  test('gives each name its certificate, the exact name before the wildcard, and resets for others', async () => {
    await using backend = await seen();
    const port = await serve(backend, terminate(wild, '*.localhost'), terminate(shop, 'shop.localhost'));
    expect((await ask(port)).subject).toBe('shop.localhost');
    expect((await ask(port, { host: 'other.localhost' })).subject).toBe('*.localhost');
    await expect(ask(port, { host: 'localhost' })).rejects.toThrow();
    await expect(ask(port, { servername: '' })).rejects.toThrow();
  });

  test('does not lead from the connection for one name to what another guards', async () => {
    await using backend = await seen();
    const port = await serve(backend, terminate(wild, '*.localhost'), terminate(shop, 'shop.example'));
    expect(await ask(port, { host: 'shop.example', servername: 'a.localhost' })).toMatchObject({ status: 421 });
  });

  test('does not lead from the connection for any name to what a certain name guards', async () => {
    await using backend = await seen();
    const clients = { ca: ada.certificate, isRequired: true };
    const port = await serve(backend, terminate(wild, '*'), terminate({ ...shop, clients }, 'shop.localhost'));
    expect(await ask(port, { servername: 'other.localhost' })).toMatchObject({ status: 421 });
    expect(await ask(port, { host: 'other.localhost' })).toMatchObject({ status: 200 });
  });

  test('follows a renewed certificate without dropping a connection', async () => {
    await using backend = await seen();
    const port = await serve(backend, terminate(shop, 'shop.localhost'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const serialOf = (pem: string) => new X509Certificate(pem).serialNumber;
    const certificateOf = async () => {
      const socket = connectTls({ port, host: '127.0.0.1', servername: 'shop.localhost', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    expect((await ask(port, { agent })).status).toBe(200);
    expect(await certificateOf()).toBe(serialOf(shop.certificate));
    await serve(backend, terminate(renewed, 'shop.localhost'));
    expect(await certificateOf()).toBe(serialOf(renewed.certificate));
    expect((await ask(port, { agent })).status).toBe(200);
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
    agent.destroy();
  });

  test('asks clients who they are where it must', async () => {
    await using backend = await seen();
    const clients = { ca: ada.certificate, isRequired: true };
    const port = await serve(backend, terminate({ ...shop, clients }, '*'));
    await expect(ask(port)).rejects.toThrow();
    await expect(ask(port, { tls: { cert: mallory.certificate, key: mallory.key } })).rejects.toThrow();
    expect((await ask(port, { tls: { cert: ada.certificate, key: ada.key } })).status).toBe(200);
  });

  test('lets clients without a certificate in where it is optional, but none with a wrong one', async () => {
    await using backend = await seen();
    const clients = { ca: ada.certificate, isRequired: false };
    const port = await serve(backend, terminate({ ...shop, clients }, '*'));
    expect((await ask(port)).status).toBe(200);
    await expect(ask(port, { tls: { cert: mallory.certificate, key: mallory.key } })).rejects.toThrow();
  });

  test('refuses versions of TLS below the one asked for', async () => {
    await using backend = await seen();
    const port = await serve(backend, terminate({ ...shop, minVersion: 'TLSv1.3' }, '*'));
    await expect(ask(port, { tls: { maxVersion: 'TLSv1.2' } })).rejects.toThrow();
    expect((await ask(port)).status).toBe(200);
  });

  test('resets what is no TLS', async () => {
    await using backend = await seen();
    const port = await serve(backend, terminate(shop, '*'));
    await expect(send(port, '/')).rejects.toThrow();
  });
});

test('a connection for a name that is passed through reaches its service still encrypted', async () => {
  const server = createHttpsServer({ cert: renewed.certificate, key: renewed.key }, (_, response) =>
    response.end('the service itself'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = { address: '127.0.0.1', port: portOf(server) };
  const destinations = [{ cluster: 'web.default:80', weight: 1 }];
  const port = await serve(endpoint, { kind: 'passthrough', hosts: ['shop.localhost'], name: 'test', destinations });
  expect(await ask(port, { tls: { ca: renewed.certificate, rejectUnauthorized: true } })).toMatchObject({
    text: 'the service itself',
  });
  server.close();
});

test('the port is open while there is something to serve on it', async () => {
  await using backend = await seen();
  expect(await proxy.apply(snapshotTo([backend]))).toEqual([]);
  expect(proxy.gatewayTlsPort).toBeUndefined();
  const port = await serve(backend, terminate(shop, '*'));
  await ask(port);
  await proxy.apply(snapshotTo([backend]));
  expect(proxy.gatewayTlsPort).toBeUndefined();
  await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
});

test('a port that is taken is said, and had as soon as it is free', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  await proxy.close(0);
  proxy = new MeshProxy({ gatewayPort: 0, gatewayTlsPort: portOf(holder) });
  await using backend = await seen();
  const snapshot = withTls(snapshotTo([backend]), [terminate(shop, '*')]);
  await proxy.apply(snapshot);
  expect(proxy.portFailures).toMatchObject([{ place: 'tls', code: 'EADDRINUSE' }]);
  await new Promise((resolve) => holder.close(resolve));
  await proxy.apply(snapshot);
  expect(proxy.portFailures).toEqual([]);
});

test('a redirect to TLS names the port it is served on', async () => {
  await using backend = await seen();
  const snapshot = withTls(snapshotTo([backend]), [terminate(shop, '*')]);
  const action = { kind: 'redirect' as const, status: 301, scheme: 'https', derivePort: 'GATEWAY_TLS_PORT' as const };
  snapshot.virtualHosts = [{ domain: '*', routes: [{ name: 'redirect', matches: [], action }] }];
  await proxy.apply(snapshot);
  const port = await proxy.listen();
  const { status, headers } = await send(port, '/tea?cups=2');
  expect([status, headers.location]).toEqual([301, `https://localhost:${proxy.gatewayTlsPort ?? 0}/tea?cups=2`]);
});

describe('through TLS', () => {
  test('events arrive as they are sent, and a reader that leaves is noticed', async () => {
    const left = Promise.withResolvers<undefined>();
    let next: (() => void) | undefined;
    await using backend = await startBackend((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      next = () => void response.write('data: 2\n\n');
      response.once('close', () => left.resolve(undefined));
    });
    const port = await serve(backend, terminate(shop, '*'));
    const request = httpsRequest({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      headers: { host: 'localhost' },
      rejectUnauthorized: false,
    });
    request.on('error', () => undefined).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(String((await once(response, 'data'))[0])).toBe('data: 1\n\n');
    next?.();
    expect(String((await once(response, 'data'))[0])).toBe('data: 2\n\n');
    request.destroy();
    await left.promise;
  });

  test('a WebSocket is carried both ways', async () => {
    const server = createHttpServer().on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.on('error', () => undefined).pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = await serve({ address: '127.0.0.1', port: portOf(server) }, terminate(shop, '*'));
    const socket = connectTls({ socket: connectTcp(port, '127.0.0.1'), servername: 'localhost', rejectUnauthorized: false });
    socket.write('GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
    socket.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    socket.destroy();
    server.close();
  });
});
