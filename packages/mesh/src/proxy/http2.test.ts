/**
 * HTTP/2 on either side of the proxy, over real sockets. gRPC, which is most of its use, has tests of its own.
 */
import { once } from 'node:events';
import { createServer as createHttp1Server } from 'node:http';
import { connect, constants, createServer } from 'node:http2';
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from 'node:http2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint } from '../snapshot/snapshot.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
let port: number;
let session: ClientHttp2Session;
const servers: { server: Http2Server; sessions: Set<ServerHttp2Session> }[] = [];

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
  session = connect(`http://localhost:${port}`);
  session.on('error', () => undefined);
});

afterEach(async () => {
  session.destroy();
  await proxy.close(0);
  for (const { server, sessions } of servers.splice(0)) {
    for (const each of sessions) each.destroy();
    server.close();
  }
});

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, session: ServerHttp2Session) => void;

/** An upstream that speaks HTTP/2 only. */
async function serveHttp2(onStream: OnStream, maxConcurrentStreams?: number) {
  const server = createServer({ settings: maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams } });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (opened: ServerHttp2Session) => {
    sessions.add(opened);
    opened.on('error', () => undefined);
    opened.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      onStream(stream, headers, opened);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push({ server, sessions });
  return { address: '127.0.0.1', port: portOf(server), sessions };
}

function toHttp2(...endpoints: Endpoint[]) {
  const snapshot = snapshotTo(endpoints);
  for (const cluster of Object.values(snapshot.clusters)) cluster.protocol = 'http2';
  return proxy.apply(snapshot);
}

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  trailers: IncomingHttpHeaders;
  text: string;
  code: number | undefined;
}

async function received(stream: ClientHttp2Stream): Promise<Reply> {
  const reply: Reply = { status: 0, headers: {}, trailers: {}, text: '', code: undefined };
  stream.on('error', () => undefined);
  stream.once('response', (headers) => {
    reply.status = headers[':status'] ?? 0;
    reply.headers = headers;
  });
  stream.once('trailers', (trailers: IncomingHttpHeaders) => (reply.trailers = trailers));
  stream.setEncoding('latin1').on('data', (part: string) => (reply.text += part));
  // Node's client keeps a stream open that it still has something to write to.
  await new Promise<void>((resolve) => stream.once('close', resolve).once('end', resolve));
  reply.code = stream.rstCode;
  return reply;
}

function get(path: string, headers = {}): Promise<Reply> {
  return received(session.request({ ':path': path, ...headers }));
}

describe('a client that speaks HTTP/2', () => {
  test('is served by a service that speaks HTTP/1.1, body and trailers both ways', async () => {
    await using backend = await startBackend((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        response.writeHead(200, { trailer: 'x-sum' });
        response.write(
          `${request.method ?? ''} ${request.headers.host ?? ''} ${request.headers.via ?? ''} ${body} ${request.trailers['x-end'] ?? ''}`,
        );
        response.addTrailers({ 'x-sum': '7' });
        response.end();
      });
    });
    await proxy.apply(snapshotTo([backend]));
    const stream = session.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'x-end': 'yes' }));
    stream.end('tea');
    expect(await received(stream)).toMatchObject({
      status: 200,
      text: `POST localhost:${port} 2 hikyaku tea yes`,
      trailers: { 'x-sum': '7' },
    });
  });

  test('has its cookies put together and its repeated fields kept', async () => {
    await using backend = await startBackend((request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.end(JSON.stringify([request.headers.cookie, request.headersDistinct['x-twice']]));
    });
    await proxy.apply(snapshotTo([backend]));
    const { text, headers } = await get('/', { cookie: ['c=3', 'd=4'], 'x-twice': ['1', '2'] });
    expect(JSON.parse(text)).toEqual(['c=3; d=4', ['1', '2']]);
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  test('has as many requests under way as it likes', async () => {
    const waiting: (() => void)[] = [];
    await using backend = await startBackend((request, response) => {
      waiting.push(() => response.end(request.url));
      if (waiting.length === 30) for (const answer of waiting.toReversed()) answer();
    });
    await proxy.apply(snapshotTo([backend]));
    const paths = Array.from({ length: 30 }, (_, index) => `/${index}`);
    expect((await Promise.all(paths.map((path) => get(path)))).map(({ text }) => text)).toEqual(paths);
  });

  test.each([
    ['another Host than its authority', { ':authority': 'localhost', host: 'elsewhere' }, 'bad_host'],
    ['an expectation nobody knows', { expect: 'wonders' }, 'bad_expectation'],
    ['a path that is no target', { ':path': 'a' }, undefined],
    ['a length that is no number', { 'content-length': '1, 1', ':method': 'POST' }, undefined],
  ])('is refused %s', async (_, headers, reason) => {
    let requests = 0;
    await using backend = await startBackend((__, response) => {
      requests++;
      response.end();
    });
    await proxy.apply(snapshotTo([backend]));
    const reply = await get('/', headers);
    expect(reply.headers['x-hikyaku-reason']).toBe(reason);
    expect(requests).toBe(0);
    // The connection is none the worse.
    expect((await get('/')).status).toBe(200);
  });

  test('that leaves in the middle of its request is gone for the service, too', async () => {
    const gone = Promise.withResolvers<boolean>();
    await using backend = await startBackend((request) => {
      request.once('close', () => gone.resolve(request.complete));
      request.once('data', () => stream.close(constants.NGHTTP2_CANCEL));
    });
    await proxy.apply(snapshotTo([backend]));
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.on('error', () => undefined);
    stream.write('some');
    expect(await gone.promise).toBe(false);
  });

  test('is told when a response breaks off', async () => {
    await using backend = await startBackend((_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('some');
      response.once('finish', () => undefined);
      setImmediate(() => response.socket?.resetAndDestroy());
    });
    await proxy.apply(snapshotTo([backend]));
    expect((await get('/')).code).not.toBe(constants.NGHTTP2_NO_ERROR);
  });

  test('has its answer although the service did not want the rest of the request', async () => {
    await using backend = await startBackend((_, response) => response.writeHead(413).end('too much'));
    await proxy.apply(snapshotTo([backend]));
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.write(Buffer.alloc(1_000_000));
    expect(await received(stream)).toMatchObject({ status: 413, text: 'too much' });
    expect((await get('/')).status).toBe(413);
  });

  test('is sent 103 before the answer', async () => {
    await using backend = await startBackend((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => response.end('done'));
    });
    await proxy.apply(snapshotTo([backend]));
    const stream = session.request({ ':path': '/' });
    const early = once(stream, 'headers');
    expect(await received(stream)).toMatchObject({ status: 200, text: 'done' });
    expect((await early)[0]).toMatchObject({ ':status': 103, link: '</a.css>; rel=preload' });
  });

  test('opens a WebSocket to a service that knows it from HTTP/1.1 only', async () => {
    const server = createHttp1Server().on('upgrade', (request, socket) => {
      const { 'sec-websocket-key': key = '', 'sec-websocket-protocol': protocol = '' } = request.headers;
      const accepted = key.length === 24 ? 'Sec-WebSocket-Accept: x\r\n' : '';
      socket.on('error', () => undefined);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${accepted}Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await proxy.apply(snapshotTo([{ address: '127.0.0.1', port: portOf(server) }]));
    await once(session, 'remoteSettings');
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/chat',
      'sec-websocket-protocol': 'tea',
    });
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    expect(headers).toMatchObject({ ':status': 200, 'sec-websocket-protocol': 'tea' });
    expect(headers).not.toHaveProperty('sec-websocket-accept');
    stream.write('hello');
    expect(String((await once(stream, 'data'))[0])).toBe('hello');
    stream.close();
    server.close();
  });

  test('is told to go when the proxy stops, and finishes what is under way', async () => {
    let finish: (() => void) | undefined;
    const asked = Promise.withResolvers<undefined>();
    await using backend = await startBackend((_, response) => {
      finish = () => void response.end('done');
      asked.resolve(undefined);
    });
    await proxy.apply(snapshotTo([backend]));
    const reply = get('/');
    await asked.promise;
    const goaway = once(session, 'goaway');
    const closed = proxy.close(10_000);
    await goaway;
    finish?.();
    expect(await reply).toMatchObject({ status: 200, text: 'done' });
    await closed;
  });
});

describe('a service that speaks HTTP/2', () => {
  test('serves clients of HTTP/1.1, with a length where there is no body', async () => {
    await toHttp2(
      await serveHttp2((stream, headers) => {
        if (headers[':path'] === '/empty') stream.respond({ ':status': 200 }, { endStream: true });
        else {
          stream.respond({ ':status': 200, 'x-authority': headers[':authority'] ?? '' });
          stream.end('tea');
        }
      }),
    );
    expect(await send(port, '/')).toMatchObject({ status: 200, text: 'tea', headers: { 'x-authority': `localhost:${port}` } });
    expect(await send(port, '/empty')).toMatchObject({ status: 200, text: '', headers: { 'content-length': '0' } });
  });

  test('is asked for all requests on one connection, and on another when it allows no more', async () => {
    const waiting: ServerHttp2Stream[] = [];
    const upstream = await serveHttp2((stream) => {
      waiting.push(stream);
      if (waiting.length !== 6) return;
      for (const each of waiting) each.respond({ ':status': 200 }, { endStream: true });
    }, 4);
    await toHttp2(upstream);
    // Only a connection that is there has said what it allows.
    const first = get('/first');
    await expect.poll(() => waiting.length).toBe(1);
    await Promise.all([first, ...[1, 2, 3, 4, 5].map((path) => get(`/${path}`))]);
    expect(upstream.sessions.size).toBe(2);
  });

  test('that refuses a stream is asked nothing twice: another endpoint has it', async () => {
    let refused = 0;
    const refusing = await serveHttp2((stream) => {
      refused++;
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    });
    const working = await serveHttp2((stream) => stream.respond({ ':status': 200 }, { endStream: true }));
    await toHttp2(refusing, working);
    for (let request = 0; request < 10; request++) expect((await get('/', { ':method': 'POST' })).status).toBe(200);
    expect(refused).toBeGreaterThan(0);
  });

  test('that resets a stream it has begun to work on is not asked again for what must not happen twice', async () => {
    let asked = 0;
    await toHttp2(
      await serveHttp2((stream) => {
        asked++;
        stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      }),
    );
    const reply = await get('/', { ':method': 'POST' });
    expect(reply.headers['x-hikyaku-reason']).toBe('upstream_failed');
    expect(reply.text).toContain('INTERNAL_ERROR');
    expect(asked).toBe(1);
  });

  test('that says goodbye finishes what it has, and the next request makes a new connection', async () => {
    let finish: (() => void) | undefined;
    const upstream = await serveHttp2((stream, headers, own) => {
      if (headers[':path'] === '/next') {
        stream.respond({ ':status': 204 }, { endStream: true });
        return;
      }
      own.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
      finish = () => {
        stream.respond({ ':status': 200 });
        stream.end('done');
      };
    });
    await toHttp2(upstream);
    const slow = get('/slow');
    await expect.poll(() => finish !== undefined).toBe(true);
    await expect.poll(async () => (await get('/next')).status).toBe(204);
    finish?.();
    expect(await slow).toMatchObject({ status: 200, text: 'done' });
    expect(upstream.sessions.size).toBe(2);
  });

  test('loses its connection when it leaves the snapshot', async () => {
    const closed = Promise.withResolvers<undefined>();
    const upstream = await serveHttp2((stream, _, own) => {
      own.once('close', () => closed.resolve(undefined));
      stream.respond({ ':status': 200 }, { endStream: true });
    });
    await toHttp2(upstream);
    expect((await get('/')).status).toBe(200);
    await toHttp2();
    await closed.promise;
  });
});
