/** The example with TLS, over real sockets and with certificates made for the test. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { makeCertificate } from '../testing/certificates.ts';
import type { TestCertificate } from '../testing/certificates.ts';
import { EnvoyProxy } from './envoy-proxy.ts';
import { loadBootstrap } from './load.ts';

let directory: string;
let shop: TestCertificate;
let ledgerCertificate: TestCertificate;
let proxy: EnvoyProxy | undefined;
let edge: number;
const carts: Backend[] = [];
const servers: Server[] = [];
let stockCalls: string[] = [];
let stockFailures = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hikyaku-envoy-'));
  [shop, ledgerCertificate] = await Promise.all([makeCertificate('shop.localhost'), makeCertificate('ledger.localhost')]);
  for (const [name, { certificate, key }] of Object.entries({ shop, ledger: ledgerCertificate })) {
    await writeFile(join(directory, `${name}.crt`), certificate);
    await writeFile(join(directory, `${name}.key`), key);
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

beforeEach(async () => {
  for (const name of ['one', 'two']) carts.push(await startBackend((_request, response) => response.end(name)));
  const stock = createHttp2Server((request, response) => {
    stockCalls.push(`${request.httpVersion} ${request.url}`);
    response.writeHead(stockFailures-- > 0 ? 503 : 200).end('stock');
  });
  const ledger = createHttpsServer({ cert: ledgerCertificate.certificate, key: ledgerCertificate.key }, (request, response) => {
    response.end(`ledger ${request.headers.host ?? ''}`);
  });
  const ports: Record<number, number> = {
    10443: 0,
    8081: carts[0]?.port ?? 0,
    8082: carts[1]?.port ?? 0,
    8083: await listening(stock),
    8443: await listening(ledger),
  };
  const text = await readFile(join(import.meta.dirname, '../../../../examples/envoy/tls.yaml'), 'utf8');
  const placed = text
    .replace(/port_value: (\d+)/g, (_, port: string) => `port_value: ${ports[Number(port)] ?? -1}`)
    .replaceAll('certificates/', `${directory}/`);
  const { serving, diagnostics } = loadBootstrap({ path: 'tls.yaml', text: placed });
  expect(diagnostics).toEqual([]);
  if (serving === undefined) throw new Error('the example cannot be served');
  proxy = new EnvoyProxy(serving);
  edge = (await proxy.listen()).find(({ name }) => name === 'edge')?.port ?? 0;
});

afterEach(async () => {
  await proxy?.close(100);
  for (const backend of carts.splice(0)) await backend[Symbol.asyncDispose]();
  for (const server of servers.splice(0)) server.close();
  stockCalls = [];
  stockFailures = 0;
});

async function get(name: string, path: string, headers: Record<string, string> = {}) {
  const ca = [shop.certificate, ledgerCertificate.certificate];
  const request = httpsRequest({
    ...{ host: '127.0.0.1', port: edge, servername: name, ca, path, agent: false },
    headers: { host: name, ...headers },
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const text = Buffer.concat((await response.toArray()) as Buffer[]).toString();
  return { status: response.statusCode, text, cookie: response.headers['set-cookie']?.[0] ?? '' };
}

test('a caller comes to the same endpoint again by its cookie', async () => {
  const seen = new Set<string>();
  for (let visitor = 0; visitor < 12; visitor++) {
    const first = await get('shop.localhost', '/cart');
    expect(first.cookie).toMatch(/^cart-session=[\da-f-]{36}; Max-Age=3600; Path=\//);
    const again = await get('shop.localhost', '/cart', { cookie: first.cookie.split(';')[0] ?? '' });
    expect(again).toMatchObject({ text: first.text, cookie: '' });
    seen.add(first.text);
  }
  expect(seen).toEqual(new Set(['one', 'two']));
});

test('a cluster with explicit HTTP/2 is asked over it, and codes that may be repeated are', async () => {
  stockFailures = 2;
  expect(await get('shop.localhost', '/stock')).toMatchObject({ status: 200, text: 'stock' });
  expect(stockCalls).toEqual(['2.0 /stock', '2.0 /stock', '2.0 /stock']);
});

test('a cluster with TLS is asked encrypted', async () => {
  expect(await get('shop.localhost', '/ledger')).toMatchObject({ status: 200, text: 'ledger ledger.localhost' });
});

test('the name picks the chain: another is passed on as it is, and one that nobody has is reset', async () => {
  expect(await get('ledger.localhost', '/')).toMatchObject({ text: 'ledger ledger.localhost' });
  const stranger = connect({ host: '127.0.0.1', port: edge, servername: 'nobody.localhost', rejectUnauthorized: false });
  const [error] = (await once(stranger, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});

test('HTTP/2 is offered', async () => {
  const client = connect({
    ...{ host: '127.0.0.1', port: edge, servername: 'shop.localhost', ca: shop.certificate, ALPNProtocols: ['h2'] },
  });
  await once(client, 'secureConnect');
  expect(client.alpnProtocol).toBe('h2');
  client.destroy();
});
