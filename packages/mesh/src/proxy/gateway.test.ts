import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { meshForEachTest } from '../testing/mesh-for-each-test.ts';
import { forwardTo, routeFor, snapshotOf, snapshotTo } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

const mesh = meshForEachTest();

/** Answers with what it saw. */
function echo(): Promise<Backend> {
  return startBackend((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, rawHeaders, headers } = request;
      response.end(JSON.stringify({ method, url, rawHeaders, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
}

describe('what an upstream is told', () => {
  test('method, path, query and body arrive unchanged', async () => {
    await using backend = await echo();
    await mesh.proxy.apply(snapshotTo([backend]));
    const reply = await send(mesh.port, '/api/products?q=%E8%8C%B6&page=2', { method: 'PUT', body: 'green tea' });
    expect(reply.json()).toMatchObject({ method: 'PUT', url: '/api/products?q=%E8%8C%B6&page=2', body: 'green tea' });
  });

  test('fields of the client connection are dropped, also those that Connection names', async () => {
    await using backend = await echo();
    await mesh.proxy.apply(snapshotTo([backend]));
    const headers = {
      connection: 'keep-alive, x-private',
      'keep-alive': 'timeout=9',
      'x-private': '1',
      te: 'gzip',
      'proxy-authorization': 'x',
      'x-kept': '1',
    };
    const { headers: seen } = (await send(mesh.port, '/', { headers })).json() as { headers: Record<string, string> };
    expect(seen).toMatchObject({ 'x-kept': '1' });
    for (const name of ['x-private', 'keep-alive', 'te', 'proxy-authorization']) expect(seen).not.toHaveProperty(name);
  });

  test('naming Host or Content-Length in Connection does not make them vanish', async () => {
    await using backend = await echo();
    await mesh.proxy.apply(snapshotTo([backend]));
    const headers = { connection: 'close, host, content-length', host: 'localhost' };
    const reply = await send(mesh.port, '/', { method: 'POST', headers: { ...headers, 'content-length': 3 }, body: 'abc' });
    expect(reply.json()).toMatchObject({ body: 'abc', headers: { host: 'localhost', 'content-length': '3' } });
  });

  test('who asked, how, and for which host is added', async () => {
    await using backend = await echo();
    await mesh.proxy.apply(snapshotTo([backend]));
    const reply = await send(mesh.port, '/', {
      headers: { 'x-forwarded-for': '10.9.8.7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' },
    });
    expect(reply.json()).toMatchObject({
      headers: {
        'x-forwarded-for': '10.9.8.7, 127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': `localhost:${mesh.port}`,
        via: '1.1 hikyaku',
      },
    });
  });

  test('a request id and a trace are begun, and those that exist are passed on', async () => {
    await using backend = await echo();
    await mesh.proxy.apply(snapshotTo([backend]));
    const begun = (await send(mesh.port, '/')).json() as { headers: Record<string, string> };
    expect(begun.headers.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    expect(begun.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    const own = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
      tracestate: 'a=b',
      'x-request-id': 'mine',
    };
    expect((await send(mesh.port, '/', { headers: own })).json()).toMatchObject({ headers: own });
  });

  test('a POST without a body is announced as empty, not as chunked', async () => {
    await using backend = await echo();
    await mesh.proxy.apply(snapshotTo([backend]));
    const socket = connect(mesh.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const text = (await socket.toArray()).join('');
    expect(text).toContain('"content-length":"0"');
    expect(text).not.toContain('"transfer-encoding"');
  });

  test('repeated fields keep their order and case', async () => {
    await using backend = await startBackend((_, response) => {
      response.writeHead(200, ['Set-Cookie', 'a=1', 'X-MiXed', 'yes', 'Set-Cookie', 'b=2']);
      response.end();
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    const reply = await send(mesh.port, '/');
    expect(reply.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });
});

describe('requests that lead nowhere', () => {
  test('an unknown host is refused: another site may have made its name point here', async () => {
    await mesh.proxy.apply(snapshotTo([]));
    const reply = await send(mesh.port, '/', { headers: { host: 'evil.example' } });
    expect(reply.status).toBe(421);
    expect(reply.json()).toMatchObject({ status: 421, detail: expect.stringContaining('evil.example') as string });
  });

  test.each(['localhost', 'shop.localhost', '127.0.0.1', '[::1]'])('%s is this machine', async (host) => {
    await using backend = await echo();
    await mesh.proxy.apply(snapshotTo([backend]));
    expect(await send(mesh.port, '/', { headers: { host: `${host}:${mesh.port}` } })).toMatchObject({ status: 200 });
  });

  test('a path without a rule gets 404 and hears so', async () => {
    await mesh.proxy.apply(snapshotOf([routeFor('/api', forwardTo('web.default:80'))], {}));
    const reply = await send(mesh.port, '/other');
    expect(reply.json()).toMatchObject({ status: 404, detail: 'No rule for the host localhost matches GET /other.' });
  });

  test('a Service without ready endpoints gets 503 and the reason', async () => {
    const snapshot = snapshotTo([]);
    snapshot.clusters['web.default:80'] = { service: 'web.default', endpoints: [], unavailable: 'web: readiness: HTTP 503' };
    await mesh.proxy.apply(snapshot);
    const reply = await send(mesh.port, '/');
    expect(reply.json()).toMatchObject({ status: 503, detail: 'No ready endpoints for web.default: web: readiness: HTTP 503.' });
  });

  test('a destination that is no Service gets 503 with the rule that names it', async () => {
    await mesh.proxy.apply(snapshotOf([routeFor('/', forwardTo('ghost:80'))], {}));
    expect((await send(mesh.port, '/')).json()).toMatchObject({
      status: 503,
      detail: 'route / leads to ghost:80, which is no Service port.',
    });
  });

  test('a client that is still sending reads the answer', async () => {
    await mesh.proxy.apply(snapshotTo([]));
    const reply = await send(mesh.port, '/', { method: 'POST', body: Buffer.alloc(20_000_000) });
    expect(reply.status).toBe(503);
  });
});

describe('answers of the route itself', () => {
  test('redirects', async () => {
    await mesh.proxy.apply(snapshotOf([routeFor('/old', { kind: 'redirect', status: 308, uri: '/new' })], {}));
    const reply = await send(mesh.port, '/old?a=1');
    expect(reply).toMatchObject({ status: 308, headers: { location: `http://localhost:${mesh.port}/new?a=1` } });
  });

  test('direct responses', async () => {
    await mesh.proxy.apply(snapshotOf([routeFor('/', { kind: 'respond', status: 418, body: 'teapot' })], {}));
    expect(await send(mesh.port, '/')).toMatchObject({ status: 418, text: 'teapot' });
  });
});

test('the gateway is reached over IPv6 too', async () => {
  await using backend = await echo();
  await mesh.proxy.apply(snapshotTo([backend]));
  expect(await send(mesh.port, '/', { host: '::1' })).toMatchObject({ status: 200 });
});

test('a taken port is an error with the code EADDRINUSE', async () => {
  await expect(new MeshProxy({ gatewayPort: mesh.port }).listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a head that does not end is cut off', { timeout: 30_000 }, async () => {
  const socket = connect(mesh.port, '127.0.0.1');
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(70_000)}`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 431/);
  socket.destroy();
});
