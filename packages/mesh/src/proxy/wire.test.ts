/**
 * The gateway byte by byte: what it does with connections, as clients and upstreams that mean ill or are old would try it.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint } from '../snapshot/snapshot.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
let port: number;
let client: Client;
const upstreams: Server[] = [];

beforeEach(() => start());

async function start(limits = {}): Promise<void> {
  proxy = new MeshProxy({ gatewayPort: 0, limits });
  port = await proxy.listen();
  client = dial();
}

afterEach(async () => {
  client.socket.destroy();
  await proxy.close(0);
  for (const server of upstreams.splice(0)) server.close();
});

interface Client {
  socket: Socket;
  write: (text: string) => void;
  /** Everything received so far, once it contains `text`; the rest of the connection when it closes before that. */
  until: (text: string) => Promise<string>;
  /** Everything received, once the connection is closed. */
  closed: () => Promise<string>;
}

function dial(): Client {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString('latin1')));
  return {
    socket,
    write: (text) => socket.write(text, 'latin1'),
    async until(text) {
      while (!received.includes(text) && !socket.closed) await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      return received;
    },
    async closed() {
      if (!socket.closed) await once(socket, 'close');
      return received;
    },
  };
}

/** An upstream that is no HTTP server: `onRequest` is called with the bytes of each read. */
async function rawUpstream(onRequest: (socket: Socket, text: string, connection: number) => void): Promise<Endpoint> {
  let connections = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => onRequest(socket, data.toString('latin1'), connection));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  upstreams.push(server);
  return { address: '127.0.0.1', port: portOf(server) };
}

/** Answers with method, path and body. */
function echo() {
  return startBackend((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (data: string) => (body += data));
    request.on('end', () => {
      const text = `<${request.method ?? ''} ${request.url ?? ''} ${body}>`;
      response.writeHead(200, { 'content-length': text.length }).end(text);
    });
  });
}

const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`;
const post = (path: string, body: string, fields = `Content-Length: ${body.length}\r\n`) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n${body}`;

describe('requests of one connection', () => {
  test('sent ahead of their turn are answered in order', async () => {
    await using backend = await startBackend((request, response) =>
      setTimeout(() => response.end(`<${request.url ?? ''}>`), request.url === '/1' ? 20 : 0),
    );
    await proxy.apply(snapshotTo([backend]));
    client.write(get('/1') + get('/2') + get('/3', 'Connection: close\r\n'));
    expect((await client.closed()).match(/<[^>]+>/g)).toEqual(['</1>', '</2>', '</3>']);
  });

  test('are told apart by the lengths of their bodies', async () => {
    await using backend = await echo();
    await proxy.apply(snapshotTo([backend]));
    client.write(
      post('/1', 'GET /x HTTP/1.1\r\n\r\n') +
        post('/2', '3;ext=1\r\nabc\r\n0\r\nT: 1\r\n\r\n', 'Transfer-Encoding: chunked\r\n') +
        get('/3', 'Connection: close\r\n'),
    );
    expect((await client.closed()).match(/<[^>]+>/g)).toEqual([
      '<POST /1 GET /x HTTP/1.1\r\n\r\n>',
      '<POST /2 abc>',
      '<GET /3 >',
    ]);
  });

  test('may come a byte at a time', async () => {
    await using backend = await echo();
    await proxy.apply(snapshotTo([backend]));
    for (const byte of post('/slow', 'ab\r\n0\r\n')) {
      client.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.until('>')).toContain('<POST /slow ab\r\n0\r\n>');
  });

  test('go on after an upstream that answered before it had read everything', async () => {
    await using backend = await startBackend((request, response) => {
      response.writeHead(request.method === 'POST' ? 413 : 200, { 'content-length': 4 }).end('done');
    });
    await proxy.apply(snapshotTo([backend]));
    client.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n${'a'.repeat(1000)}`);
    expect(await client.until('done')).toMatch(/^HTTP\/1\.1 413 /);
    client.write('a'.repeat(199_000) + get('/next', 'Connection: close\r\n'));
    expect(await client.closed()).toMatch(/413[^]*done[^]*HTTP\/1\.1 200 [^]*done$/);
  });
});

describe('what is no request is refused, and nothing behind it is read', () => {
  test.each([
    [
      'both lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'ambiguous_length',
    ],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n', 400, 'bad_host'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, 'bad_host'],
    ['folding', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n', 400, 'obsolete_folding'],
    ['bare LF', 'GET / HTTP/1.1\nHost: localhost\n\n', 400, 'bad_line_ending'],
    ['HTTP/2 that does not begin like it', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', 505, 'bad_version'],
    ['an unknown expectation', get('/', 'Expect: wonders\r\n'), 417, 'bad_expectation'],
  ])('%s', async (_, text, status, reason) => {
    let requests = 0;
    await using backend = await startBackend((__, response) => {
      requests++;
      response.end();
    });
    await proxy.apply(snapshotTo([backend]));
    client.write(text + get('/smuggled'));
    const received = await client.closed();
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*X-Hikyaku-Reason: ${reason}\r\n[^]*Connection: close\r\n`));
    expect(received.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(requests).toBe(0);
  });

  test('a malformed chunk ends the request, and the upstream sees no end of its body', async () => {
    let isComplete = false;
    const gone = Promise.withResolvers<undefined>();
    await using backend = await startBackend((request) => {
      request.on('data', () => client.write('zz\r\n'));
      request.once('end', () => (isComplete = true));
      request.once('close', () => gone.resolve(undefined));
    });
    await proxy.apply(snapshotTo([backend]));
    client.write(post('/', '3\r\nabc\r\n', 'Transfer-Encoding: chunked\r\n'));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 [^]*bad_chunk/);
    await gone.promise;
    expect(isComplete).toBe(false);
  });
});

describe('slow clients', () => {
  beforeEach(async () => {
    client.socket.destroy();
    await proxy.close(0);
    await start({ headMs: 100, bodyStallMs: 100, idleMs: 100 });
  });

  test('a head that does not end is answered 408', async () => {
    client.write('GET / HTTP/1.1\r\nHost: local');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a body that stands still is answered 408', async () => {
    await using backend = await echo();
    await proxy.apply(snapshotTo([backend]));
    client.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('an idle connection is closed without a word', async () => {
    await using backend = await echo();
    await proxy.apply(snapshotTo([backend]));
    client.write(get('/'));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 [^]*<GET \/ >$/);
  });

  test('one that waits for a slow answer is left alone', async () => {
    await using backend = await startBackend((_, response) => setTimeout(() => response.end('late'), 1200));
    await proxy.apply(snapshotTo([backend]));
    client.write(get('/'));
    expect(await client.until('late')).toContain('late');
  });
});

describe('100-continue', () => {
  test('is sent when the body is wanted', async () => {
    await using backend = await echo();
    await proxy.apply(snapshotTo([backend]));
    client.write('PUT / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.write('hello');
    expect(await client.until('>')).toContain('<PUT / hello>');
  });

  test('is not sent when the answer is known without it, and the connection ends', async () => {
    await proxy.apply(snapshotTo([]));
    client.write('PUT / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close/);
  });
});

describe('HTTP/1.0', () => {
  test('gets a body without chunks, ended by the connection', async () => {
    await using backend = await startBackend((_, response) => {
      response.write('a');
      response.end('b');
    });
    await proxy.apply(snapshotTo([backend]));
    client.write('GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n');
    const received = await client.closed();
    expect(received).toMatch(/Connection: close\r\n\r\nab$/);
    expect(received).not.toMatch(/transfer-encoding/i);
  });

  test('may keep its connection when the length is known', async () => {
    await using backend = await echo();
    await proxy.apply(snapshotTo([backend]));
    const request = 'GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n';
    client.write(request);
    expect(await client.until('>')).toContain('Connection: keep-alive');
    client.write(request.replace('GET /', 'GET /2'));
    expect(await client.until('/2')).toContain('<GET /2 >');
  });
});

describe('upstreams', () => {
  const ok = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

  test('connections are used again', async () => {
    await proxy.apply(snapshotTo([await rawUpstream((socket, _, connection) => socket.write(ok(`connection ${connection}`)))]));
    expect([(await send(port, '/')).text, (await send(port, '/')).text]).toEqual(['connection 1', 'connection 1']);
  });

  test('bytes behind a response become nobody’s answer', async () => {
    await proxy.apply(
      snapshotTo([await rawUpstream((socket, _, connection) => socket.write(ok(`connection ${connection}`) + ok('poison')))]),
    );
    expect([(await send(port, '/')).text, (await send(port, '/')).text]).toEqual(['connection 1', 'connection 2']);
  });

  test.each([
    ['no status line', 'hello\r\n\r\n'],
    ['both lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a protocol nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n'],
  ])('%s is a bad gateway', async (_, response) => {
    await proxy.apply(
      snapshotTo([await rawUpstream((socket) => socket.write(response))], { retry: { attempts: 0, retryOn: [] } }),
    );
    expect(await send(port, '/')).toMatchObject({ status: 502 });
  });

  test('a body that ends with the connection is passed on in chunks', async () => {
    await proxy.apply(snapshotTo([await rawUpstream((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'))]));
    expect(await send(port, '/')).toMatchObject({ text: 'all of it', headers: { 'transfer-encoding': 'chunked' } });
  });

  test('a body that is shorter than announced breaks the answer off', async () => {
    await proxy.apply(
      snapshotTo([await rawUpstream((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort'))]),
    );
    await expect(send(port, '/')).rejects.toThrow();
  });

  test('early hints are passed on, a stray 100 is not', async () => {
    const hints = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
    await proxy.apply(snapshotTo([await rawUpstream((socket) => socket.write(hints + ok('page')))]));
    client.write(get('/'));
    expect(await client.until('page')).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  test('a body that arrives between two attempts is whole in the second', async () => {
    const gone = Promise.withResolvers<undefined>();
    const broken = await rawUpstream((socket) => {
      socket.resetAndDestroy();
      gone.resolve(undefined);
    });
    await proxy.apply(snapshotTo([broken], { retry: { attempts: 5, retryOn: ['reset'] } }));
    const body = 'z'.repeat(150_000);
    client.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 1000)}`);
    await gone.promise;
    await using backend = await startBackend((request, response) => request.pipe(response));
    await proxy.apply(snapshotTo([backend]));
    client.write(body.slice(1000));
    const received = await client.until('zzz');
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    const whole = await client.until('0\r\n\r\n');
    expect(whole.slice(whole.indexOf('\r\n\r\n')).match(/z/g)).toHaveLength(body.length);
  });
});
