import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { meshForEachTest } from '../testing/mesh-for-each-test.ts';
import { defaultOutlierDetection } from '../testing/policies.ts';
import { snapshotTo, withPolicies } from '../testing/snapshots.ts';

const mesh = meshForEachTest();

/** Node's own WebSocket, in the browser's shape. */
function openSocket(path = '/'): WebSocket {
  return new WebSocket(`ws://localhost:${mesh.port}${path}`);
}

async function nextMessage(socket: WebSocket): Promise<string> {
  const [event] = (await once(socket, 'message')) as [MessageEvent];
  return String(event.data);
}

/** Answers every text frame (short, masked) with `echo: …`. */
async function webSocketServer(onUpgrade?: (request: IncomingMessage, socket: Socket) => void): Promise<Server> {
  const server = createServer();
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    onUpgrade?.(request, socket);
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('error', () => undefined);
    socket.on('data', (frame: Buffer) => {
      if ((frame[0]! & 0x0f) !== 1) return void socket.end();
      const length = frame[1]! & 0x7f;
      const text = Buffer.from(frame.subarray(6, 6 + length).map((byte, index) => byte ^ frame[2 + (index % 4)]!)).toString();
      const reply = Buffer.from(`echo: ${text}`);
      socket.write(Buffer.concat([Buffer.from([0x81, reply.length]), reply]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('WebSocket', () => {
  test('messages pass both ways', async () => {
    const server = await webSocketServer();
    await mesh.proxy.apply(snapshotTo([{ address: '127.0.0.1', port: portOf(server) }]));
    const socket = openSocket();
    await once(socket, 'open');
    socket.send('こんにちは');
    expect(await nextMessage(socket)).toBe('echo: こんにちは');
    socket.send('again');
    expect(await nextMessage(socket)).toBe('echo: again');
    socket.close();
    server.close();
  });

  test('the upstream is told what a request is told', async () => {
    const seen = Promise.withResolvers<IncomingMessage>();
    const server = await webSocketServer((request) => seen.resolve(request));
    await mesh.proxy.apply(snapshotTo([{ address: '127.0.0.1', port: portOf(server) }]));
    const socket = openSocket('/live?order=1');
    const { url, headers } = await seen.promise;
    expect({ url, headers }).toMatchObject({
      url: '/live?order=1',
      headers: { upgrade: 'websocket', connection: 'Upgrade', 'x-forwarded-proto': 'http', host: `localhost:${mesh.port}` },
    });
    await once(socket, 'open');
    socket.close();
    server.close();
  });

  test('an endpoint that switches is well: failures before and after are not in a row', async () => {
    const server = await webSocketServer();
    server.on('request', (_, response: ServerResponse) => response.writeHead(500).end());
    const outlierDetection = { ...defaultOutlierDetection, consecutive5xxErrors: 2 };
    await mesh.proxy.apply(withPolicies(snapshotTo([{ address: '127.0.0.1', port: portOf(server) }]), { outlierDetection }));
    expect((await send(mesh.port, '/')).status).toBe(500);
    const socket = openSocket();
    await once(socket, 'open');
    expect((await send(mesh.port, '/')).status).toBe(500);
    expect(mesh.proxy.upstreams.closed('web.default:80')).toBe(0);
    socket.close();
    server.close();
  });

  test('an endpoint that refuses the connection is passed over', async () => {
    const gone = await startBackend(() => undefined);
    await gone[Symbol.asyncDispose]();
    const server = await webSocketServer();
    await mesh.proxy.apply(snapshotTo([gone, { address: '127.0.0.1', port: portOf(server) }]));
    for (let round = 0; round < 4; round++) {
      const socket = openSocket();
      await once(socket, 'open');
      socket.close();
    }
    server.close();
  });

  test('connections that took a retry are not retries for as long as they are open', async () => {
    const gone = await startBackend(() => undefined);
    await gone[Symbol.asyncDispose]();
    const server = await webSocketServer();
    const endpoints = [gone, { address: '127.0.0.1', port: portOf(server) }];
    await mesh.proxy.apply(withPolicies(snapshotTo(endpoints), { connectionPool: { maxRetries: 1 } }));
    const sockets: WebSocket[] = [];
    for (let round = 0; round < 4; round++) {
      const socket = openSocket();
      sockets.push(socket);
      await once(socket, 'open');
    }
    for (const socket of sockets) socket.close();
    server.close();
  });

  test('a snapshot swap leaves open connections alone', async () => {
    const server = await webSocketServer();
    await mesh.proxy.apply(snapshotTo([{ address: '127.0.0.1', port: portOf(server) }]));
    const socket = openSocket();
    await once(socket, 'open');
    await mesh.proxy.apply(snapshotTo([]));
    socket.send('still here');
    expect(await nextMessage(socket)).toBe('echo: still here');
    socket.close();
    server.close();
  });
});

/** Sends a handshake by hand and reads until the connection ends. */
async function handshake(headers = ''): Promise<string> {
  const socket = connect(mesh.port, '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n${headers}\r\n`);
  return Buffer.concat((await socket.toArray()) as Buffer[]).toString();
}

describe('an upgrade that is not carried out', () => {
  test('the answer of an upstream that refuses is passed on', async () => {
    await using backend = await startBackend((_, response) =>
      response.writeHead(401, { 'x-why': 'no token', 'content-length': 12 }).end('who are you?'),
    );
    await mesh.proxy.apply(snapshotTo([backend]));
    expect(await handshake()).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\nx-why: no token\r\n[^]*\r\n\r\nwho are you\?$/);
  });

  test('no endpoint is 503 with the reason', async () => {
    await mesh.proxy.apply(snapshotTo([]));
    expect(await handshake()).toMatch(/^HTTP\/1\.1 503 [^]*No ready endpoints for web\.default/);
  });

  test('an upstream that breaks off is 502', async () => {
    await using backend = await startBackend((request) => request.socket.resetAndDestroy());
    await mesh.proxy.apply(snapshotTo([backend]));
    expect(await handshake()).toMatch(/^HTTP\/1\.1 502 /);
  });

  test('an offer of another protocol is ignored, the request served', async () => {
    await using backend = await startBackend((request, response) => response.end(`upgrade: ${String(request.headers.upgrade)}`));
    await mesh.proxy.apply(snapshotTo([backend]));
    const socket = connect(mesh.port, '127.0.0.1');
    socket.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n',
    );
    expect(Buffer.concat((await socket.toArray()) as Buffer[]).toString()).toMatch(/^HTTP\/1\.1 200 [^]*upgrade: undefined/);
  });
});
