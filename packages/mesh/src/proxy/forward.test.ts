import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { meshForEachTest } from '../testing/mesh-for-each-test.ts';
import { snapshotTo } from '../testing/snapshots.ts';

const mesh = meshForEachTest();

/** An address nothing listens on. */
async function refusing(): Promise<{ address: string; port: number }> {
  const backend = await startBackend(() => undefined);
  await backend[Symbol.asyncDispose]();
  return { address: backend.address, port: backend.port };
}

/** Accepts, reads a request, and breaks the connection instead of answering. */
async function breaking(): Promise<{ address: string; port: number; seen: () => number; close: () => void }> {
  let seen = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      seen++;
      socket.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: '127.0.0.1', port: portOf(server), seen: () => seen, close: () => server.close() };
}

function open(path: string, options: { method?: string } = {}): ClientRequest {
  return httpRequest({ host: '127.0.0.1', port: mesh.port, path, agent: false, headers: { host: 'localhost' }, ...options });
}

/** More than the buffers of the connections on the way can hold, and every place of every body looks different. */
function patterned(path: string): Buffer {
  const words = new Uint32Array(4_000_000);
  const seed = createHash('sha256').update(path).digest().readUInt32LE();
  for (let index = 0; index < words.length; index++) words[index] = seed + index;
  return Buffer.from(words.buffer);
}

/** A request whose answer is not read yet. */
async function begin(path: string): Promise<{ path: string; response: IncomingMessage }> {
  const [response] = (await once(open(path).end(), 'response')) as [IncomingMessage];
  return { path, response };
}

async function expectBody({ path, response }: { path: string; response: IncomingMessage }): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
  // Compared as a whole: printing a difference of megabytes takes longer than the test may.
  expect(Buffer.concat(parts).equals(patterned(path)), path).toBe(true);
}

describe('retries', () => {
  test('a refused connection goes to another endpoint, whatever the method, with the whole body', async () => {
    await using backend = await startBackend((request, response) => request.pipe(response));
    await mesh.proxy.apply(snapshotTo([await refusing(), backend]));
    const body = 'x'.repeat(40_000);
    for (let round = 0; round < 6; round++)
      expect(await send(mesh.port, '/', { method: 'POST', body })).toMatchObject({ status: 200, text: body });
  });

  test('a GET whose connection breaks before the answer is repeated', async () => {
    const broken = await breaking();
    await using backend = await startBackend((_, response) => response.end('ok'));
    await mesh.proxy.apply(snapshotTo([broken, backend]));
    const replies = await Promise.all(Array.from({ length: 4 }, () => send(mesh.port, '/')));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(broken.seen()).toBeGreaterThan(0);
    broken.close();
  });

  test('a POST that may have been acted on is not repeated', async () => {
    const broken = await breaking();
    await mesh.proxy.apply(snapshotTo([broken]));
    expect(await send(mesh.port, '/', { method: 'POST', body: 'charge the card' })).toMatchObject({ status: 502 });
    expect(broken.seen()).toBe(1);
    broken.close();
  });

  test('a POST with an Idempotency-Key is', async () => {
    const broken = await breaking();
    await using backend = await startBackend((request, response) => request.pipe(response));
    await mesh.proxy.apply(snapshotTo([broken, backend]));
    const post = () => send(mesh.port, '/', { method: 'POST', headers: { 'idempotency-key': 'k' }, body: 'order' });
    expect(await Promise.all([post(), post()])).toMatchObject([{ text: 'order' }, { text: 'order' }]);
    expect(broken.seen()).toBeGreaterThan(0);
    broken.close();
  });

  test('a status the route names is retried, at most as often as it says', async () => {
    let requests = 0;
    await using backend = await startBackend((_, response) => {
      requests++;
      response.writeHead(503).end('busy');
    });
    await mesh.proxy.apply(snapshotTo([backend], { retry: { attempts: 3, retryOn: ['5xx'] } }));
    expect(await send(mesh.port, '/')).toMatchObject({ status: 503, text: 'busy' });
    expect(requests).toBe(4);
  });

  test('a body too long to keep is sent once only', async () => {
    let requests = 0;
    await using backend = await startBackend((request, response) => {
      requests++;
      request.resume().once('end', () => response.writeHead(503).end());
    });
    await mesh.proxy.apply(snapshotTo([backend], { retry: { attempts: 3, retryOn: ['503'] } }));
    expect(await send(mesh.port, '/', { method: 'PUT', body: Buffer.alloc(1_000_000) })).toMatchObject({ status: 503 });
    expect(requests).toBe(1);
  });

  test('an endpoint that cannot be reached at all is named in the answer', async () => {
    const nowhere = await refusing();
    await mesh.proxy.apply(snapshotTo([nowhere]));
    const reply = await send(mesh.port, '/');
    expect(reply.json()).toMatchObject({
      status: 503,
      detail: expect.stringMatching(/web\.default:80 \(127\.0\.0\.1:\d+\) could not be reached: .*ECONNREFUSED/) as string,
    });
  });
});

describe('timeouts', () => {
  test('the route timeout ends a request with 504, and the upstream sees it leave', async () => {
    const left = Promise.withResolvers<undefined>();
    await using backend = await startBackend((request) => request.once('close', () => left.resolve(undefined)));
    await mesh.proxy.apply(snapshotTo([backend], { timeoutMs: 60 }));
    const startedAt = performance.now();
    expect(await send(mesh.port, '/')).toMatchObject({ status: 504 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
    await left.promise;
  });

  test('an attempt that takes too long is made again elsewhere', async () => {
    await using slow = await startBackend(() => undefined);
    await using fast = await startBackend((_, response) => response.end('fast'));
    await mesh.proxy.apply(snapshotTo([slow, fast], { retry: { attempts: 1, perTryTimeoutMs: 50, retryOn: [] } }));
    expect(await Promise.all([send(mesh.port, '/'), send(mesh.port, '/')])).toMatchObject([{ text: 'fast' }, { text: 'fast' }]);
  });
});

describe('streams', () => {
  test('an event reaches the client before the next one is written', async () => {
    const begun = Promise.withResolvers<{ write: (text: string) => unknown; end: () => unknown }>();
    await using backend = await startBackend((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      begun.resolve(response);
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    const request = open('/events').end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const upstream = await begun.promise;
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      upstream.write(event);
      const [chunk] = (await once(response, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(event);
    }
    upstream.end();
    await once(response, 'end');
  });

  test('a large body arrives whole in both directions', async () => {
    await using backend = await startBackend((request, response) => request.pipe(response));
    await mesh.proxy.apply(snapshotTo([backend]));
    const body = randomBytes(30_000_000);
    const request = open('/', { method: 'POST' });
    const hash = createHash('sha256');
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    for await (const chunk of response) hash.update(chunk as Buffer);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
  });

  test('large bodies arrive as they were sent, also those that wait in the middle for a slow reader while others pass', async () => {
    await using backend = await startBackend((request, response) => {
      const body = patterned(request.url ?? '');
      if (request.url?.includes('sized') === true) response.setHeader('content-length', body.length);
      response.end(body);
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    const waiting = await Promise.all(['/sized', '/chunked', '/sized/2'].map((path) => begin(path)));
    for (const path of ['/sized/3', '/chunked/3', '/sized/4']) await expectBody(await begin(path));
    (await begin('/sized/left')).response.destroy();
    for (const one of waiting) await expectBody(one);
  });

  test('a client that does not read holds the upstream back', async () => {
    const chunk = Buffer.alloc(1_000_000);
    let written = 0;
    const stalled = Promise.withResolvers<undefined>();
    await using backend = await startBackend((_, response) => {
      while (response.write(chunk)) written++;
      response.once('drain', function more() {
        while (written < 1000 && response.write(chunk)) written++;
        response.once('drain', more);
      });
      // Four quiet looks in a row: whatever buffers there are between here and the client are full.
      let quiet = 0;
      let before = -1;
      const timer = setInterval(() => {
        quiet = written === before ? quiet + 1 : 0;
        before = written;
        if (quiet < 4) return;
        clearInterval(timer);
        stalled.resolve(undefined);
      }, 25);
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    const socket = connect(mesh.port, '127.0.0.1');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await stalled.promise;
    expect(written).toBeLessThan(40);
    socket.destroy();
  });

  test('a response that breaks off is not passed on as complete', async () => {
    await using backend = await startBackend((_, response) => {
      response.write('half');
      setImmediate(() => response.socket?.resetAndDestroy());
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    await expect(send(mesh.port, '/')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  test('trailers are passed on', async () => {
    await using backend = await startBackend((_, response) => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write('body');
      response.addTrailers({ 'x-sum': '42' });
      response.end();
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    const request = open('/').end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
    expect(response.trailers).toEqual({ 'x-sum': '42' });
  });

  test('a client that leaves takes its upstream request with it', async () => {
    const left = Promise.withResolvers<undefined>();
    const arrived = Promise.withResolvers<undefined>();
    await using backend = await startBackend((request) => {
      arrived.resolve(undefined);
      request.once('close', () => left.resolve(undefined));
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    const request = open('/')
      .on('error', () => undefined)
      .end();
    await arrived.promise;
    request.destroy();
    await left.promise;
  });

  test.each(['HEAD', 'GET'])('%s of a resource without content keeps the connection usable', async (method) => {
    await using backend = await startBackend((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { 'content-length': 5 }).end();
      else response.writeHead(304, { etag: '"a"' }).end();
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    const socket: Socket = connect(mesh.port, '127.0.0.1');
    const request = `${method} / HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    for (let round = 0; round < 2; round++) {
      socket.write(request);
      const [data] = (await once(socket, 'data')) as [Buffer];
      expect(data.toString()).toMatch(/^HTTP\/1\.1 (200|304) [^]*\r\n\r\n$/);
    }
    socket.destroy();
  });
});

describe('snapshot swaps', () => {
  test('a request under way finishes on the endpoint that left; the next one goes to the new one', async () => {
    const arrived = Promise.withResolvers<{ end: (text: string) => unknown }>();
    await using old = await startBackend((_, response) => arrived.resolve(response));
    await using replacement = await startBackend((_, response) => response.end('new'));
    await mesh.proxy.apply(snapshotTo([old]));
    const underWay = send(mesh.port, '/');
    const response = await arrived.promise;
    await mesh.proxy.apply(snapshotTo([replacement]));
    expect(await send(mesh.port, '/')).toMatchObject({ text: 'new' });
    response.end('old');
    expect(await underWay).toMatchObject({ status: 200, text: 'old' });
  });

  test('idle connections to an endpoint that left are closed', async () => {
    await using backend = await startBackend((_, response) => response.end('ok'));
    const connections: Socket[] = [];
    backend.server.on('connection', (socket) => connections.push(socket));
    await mesh.proxy.apply(snapshotTo([backend]));
    await send(mesh.port, '/');
    const [connection] = connections;
    expect(connection?.destroyed).toBe(false);
    const closed = once(connection!, 'close');
    await mesh.proxy.apply(snapshotTo([]));
    await closed;
  });

  test('a loop of requests sees no error while endpoints come and go', async () => {
    const handler = (_: IncomingMessage, response: { end: (text: string) => unknown }) => setTimeout(() => response.end('ok'), 1);
    let isRolling = true;
    let requests = 0;
    const statuses = new Set<number>();
    const requestsPass = async (count: number) => {
      const target = requests + count;
      await expect.poll(() => requests, { interval: 1 }).toBeGreaterThan(target);
    };
    let current = await startBackend(handler);
    await mesh.proxy.apply(snapshotTo([current]));
    const clients = Array.from({ length: 8 }, async (_, client) => {
      while (isRolling) {
        const method = client % 2 === 0 ? 'GET' : 'POST';
        statuses.add((await send(mesh.port, '/', { method, ...(method === 'POST' && { body: 'x' }) })).status);
        requests++;
      }
    });
    for (let roll = 0; roll < 25; roll++) {
      const next = await startBackend(handler);
      await mesh.proxy.apply(snapshotTo([current, next]));
      await requestsPass(20);
      await mesh.proxy.apply(snapshotTo([next]));
      // As the node does: the Pod hears of its end a moment after it has left the endpoints, and finishes what it has.
      await requestsPass(20);
      await new Promise((resolve) => current.server.close(resolve));
      current = next;
    }
    isRolling = false;
    await Promise.all(clients);
    await current[Symbol.asyncDispose]();
    expect([...statuses]).toEqual([200]);
  });
});
