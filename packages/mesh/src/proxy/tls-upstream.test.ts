/** TLS from the proxy to endpoints, over real sockets. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UpstreamTls } from '../snapshot/cluster-policies.ts';
import { portOf, send } from '../testing/backend.ts';
import { makeCertificate } from '../testing/certificates.ts';
import type { TestCertificate } from '../testing/certificates.ts';
import { snapshotOf, snapshotTo, withPolicies } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

let web: TestCertificate;
let client: TestCertificate;
let proxy: MeshProxy;
let port: number;
const servers: Http2SecureServer[] = [];
const directories: string[] = [];

beforeAll(async () => {
  [web, client] = await Promise.all([makeCertificate('web.test', '*.wild.test'), makeCertificate('client.test')]);
});

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  port = await proxy.listen();
});

afterEach(async () => {
  await proxy.close(0);
  for (const server of servers.splice(0)) server.close();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

/** Answers with what it sees of the connection. Speaks both versions of HTTP. */
async function serve(asksClients = false) {
  const server = createSecureServer(
    {
      cert: web.certificate,
      key: web.key,
      allowHTTP1: true,
      ...(asksClients && { requestCert: true, rejectUnauthorized: true, ca: client.certificate }),
    },
    (request, response) => {
      const socket = request.httpVersion === '2.0' ? request.stream.session?.socket : request.socket;
      const { servername = '', alpnProtocol = '' } = socket instanceof TLSSocket ? socket : {};
      const subject = socket instanceof TLSSocket ? shownBy(socket) : undefined;
      response.end(JSON.stringify({ servername: String(servername), alpnProtocol, subject, version: request.httpVersion }));
    },
  );
  server.on('tlsClientError', () => undefined).on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return { address: '127.0.0.1', port: portOf(server) };
}

/** Undefined where no certificate was asked for, which Node's types do not know. */
function shownBy(socket: TLSSocket): unknown {
  const certificate: Partial<PeerCertificate> = socket.getPeerCertificate();
  return certificate.subject?.CN;
}

type Endpoint = Awaited<ReturnType<typeof serve>>;

function apply(endpoint: Endpoint, tls: UpstreamTls, protocol?: 'http2') {
  const snapshot = withPolicies(snapshotTo([endpoint], { retry: { attempts: 0, retryOn: [] } }), { tls });
  for (const cluster of Object.values(snapshot.clusters)) if (protocol) cluster.protocol = protocol;
  // Any name may come to the gateway here; whom it is for is what is looked at.
  return proxy.apply({
    ...snapshot,
    virtualHosts: ['web.test', '*.wild.test', 'elsewhere.test', '*'].flatMap((domain) =>
      snapshot.virtualHosts.map((host) => ({ ...host, domain })),
    ),
  });
}

const ask = (host = 'web.test') => send(port, '/', { headers: { host } });
const trusting = (): UpstreamTls => ({ isVerified: true, trusted: { pem: web.certificate } });

describe('an endpoint is asked for', () => {
  test.each<[string, Partial<UpstreamTls>, string, object]>([
    ['the host of the request', {}, 'web.test', { servername: 'web.test' }],
    ['each host of its own', {}, 'a.wild.test', { servername: 'a.wild.test' }],
    ['the name in the rule', { sni: 'api.test' }, 'web.test', { servername: 'api.test' }],
    ['no name where the host is an address', { subjectAltNames: ['web.test'] }, '127.0.0.1', { servername: 'false' }],
  ])('%s', async (_, tls, host, expected) => {
    await apply(await serve(), { ...trusting(), ...tls });
    const reply = await ask(host);
    expect(reply.status, reply.text).toBe(200);
    expect(reply.json()).toMatchObject({ ...expected, alpnProtocol: 'http/1.1', version: '1.1' });
  });

  test('HTTP/2 where that is what it speaks', async () => {
    await apply(await serve(), trusting(), 'http2');
    expect((await ask()).json()).toMatchObject({ alpnProtocol: 'h2', version: '2.0', servername: 'web.test' });
  });
});

describe('it is refused', () => {
  test.each<[string, () => UpstreamTls, string, RegExp]>([
    ['when nobody vouches for it', () => ({ isVerified: true }), 'web.test', /self-signed certificate/],
    [
      'when it is somebody else',
      trusting,
      'elsewhere.test',
      /its certificate is for DNS:web\.test, DNS:\*\.wild\.test, not for elsewhere\.test/,
    ],
    [
      'when it has none of the names in the rule',
      () => ({ ...trusting(), subjectAltNames: ['b.test', 'spiffe://b'] }),
      'web.test',
      /not for b\.test or spiffe:\/\/b/,
    ],
    [
      'when there is nothing to connect with',
      () => ({ ...trusting(), unusable: 'there is no Secret' }),
      'web.test',
      /there is no Secret/,
    ],
    [
      'when a file is missing',
      () => ({ isVerified: true, trusted: { file: '/nowhere/ca.pem' } }),
      'web.test',
      /\/nowhere\/ca\.pem cannot be read \(ENOENT\)/,
    ],
  ])('%s', async (_, tls, host, why) => {
    await apply(await serve(), tls());
    const reply = await ask(host);
    expect(reply).toMatchObject({ status: 503, headers: { 'x-hikyaku-reason': 'upstream_failed' } });
    expect((reply.json() as { detail: string }).detail).toMatch(why);
  });

  test.each<[string, Partial<UpstreamTls>]>([
    ['unless nobody asks', { isVerified: false }],
    ['unless another name will do', { subjectAltNames: ['nobody.test', 'web.test'] }],
    ['unless only the name to ask for is given', { sni: 'elsewhere.test' }],
  ])('%s', async (_, change) => {
    await apply(await serve(), { ...trusting(), ...change });
    expect((await ask('elsewhere.test')).status).toBe(200);
  });
});

test('a certificate is shown, from files that may change', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hikyaku-tls-'));
  directories.push(directory);
  const file = (name: string) => ({ file: join(directory, name) });
  await Promise.all([
    writeFile(file('ca').file, web.certificate),
    writeFile(file('cert').file, web.certificate),
    writeFile(file('key').file, web.key),
  ]);
  const tls = { isVerified: true, trusted: file('ca'), client: { certificate: file('cert'), key: file('key') } };
  await apply(await serve(true), tls);
  // Not the one the endpoint knows: it closes the connection.
  expect((await ask()).status).toBeGreaterThanOrEqual(502);
  await Promise.all([writeFile(file('cert').file, client.certificate), writeFile(file('key').file, client.key)]);
  await expect.poll(async () => (await ask()).text, { interval: 100 }).toContain('"subject":"client.test"');
});

test('connections that carry bytes are encrypted as well', async () => {
  const host = '127.96.203.1';
  const listener = { address: host, port: 8080, service: 'default/db', cluster: 'db.default:8080', protocol: 'tcp' as const };
  const snapshot = withPolicies(snapshotOf([], { [listener.cluster]: [await serve()] }), {
    tls: { ...trusting(), sni: 'web.test' },
  });
  expect(await proxy.apply({ ...snapshot, services: [listener] })).toEqual([]);
  const socket = connect({ host, port: listener.port });
  socket.write('GET / HTTP/1.1\r\nHost: web.test\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const part of socket.setEncoding('utf8')) text += part as string;
  expect(text).toContain('"servername":"web.test"');
});
