/** TLS at the gateway as a user meets it: a Secret, a Gateway that names it, and the system that `hikyaku up` starts. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import { Secrets } from '@hikyaku/resources';
import type { Secret } from '@hikyaku/resources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../packages/mesh/src/testing/certificates.ts';
import { eventually, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';
import { createWorkspace, webWorkload } from './support/workspace.ts';
import type { TemporaryWorkspace } from './support/workspace.ts';

const host = 'shop.localhost';
/** The same Service, by a Gateway of the Gateway API. */
const apiHost = 'api.localhost';
// Of different subjects: of two authorities of one name OpenSSL asks the first alone.
const [first, renewed] = [await makeCertificate(host, apiHost), await makeCertificate(apiHost, host)];

const server = `import { createServer } from 'node:http';
const server = createServer((request, response) => {
  if (request.url !== '/events') return response.end(request.headers['x-forwarded-proto']);
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\\n\\n');
}).listen(8080);
server.on('upgrade', (_, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n');
  socket.on('error', () => undefined).pipe(socket);
});
process.on('SIGTERM', () => process.exit(0));
`;

const routing = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: [${host}], tls: { mode: SIMPLE, credentialName: shop-tls } }
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: [${host}], tls: { httpsRedirect: true } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web }
spec: { hosts: [${host}], gateways: [public], http: [{ route: [{ destination: { host: web } }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: api }
spec:
  gatewayClassName: hikyaku
  listeners: [{ name: https, port: 443, protocol: HTTPS, hostname: ${apiHost}, tls: { certificateRefs: [{ name: shop-tls }] } }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: api }
spec: { parentRefs: [{ name: api }], rules: [{ backendRefs: [{ name: web, port: 8080 }] }] }
`;

function secret({ certificate, key }: { certificate: string; key: string }): Secret {
  const data = { 'tls.crt': Buffer.from(certificate).toString('base64'), 'tls.key': Buffer.from(key).toString('base64') };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'shop-tls', namespace: 'default' },
    type: 'kubernetes.io/tls',
    data,
  };
}

let workspace: TemporaryWorkspace;
let system: System;

beforeAll(async () => {
  workspace = await createWorkspace({
    'services/web/package.json': JSON.stringify({ name: 'web', type: 'module', scripts: { start: 'node main.js' } }),
    'services/web/main.js': server,
    'deploy/web.yaml': webWorkload('web'),
    'deploy/routing.yaml': routing,
    'deploy/secret.yaml': JSON.stringify(secret(first)),
  });
  system = await startSystem({ cwd: workspace.root, paths: ['deploy'], args: ['--no-watch'] });
  await system.printed(/ready in/);
});

afterAll(async () => {
  await system.purge();
  await workspace.remove();
});

async function ask(path: string, name = host): Promise<IncomingMessage> {
  const request = httpsRequest({
    host: '127.0.0.1',
    port: system.gatewayTlsPort,
    path,
    servername: name,
    headers: { host: name },
    ca: [first.certificate, renewed.certificate],
    agent: false,
  });
  request.on('error', () => undefined).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

it('serves HTTPS with the certificate of the Secret and prints where', async () => {
  const response = await ask('/');
  expect(String((await once(response, 'data'))[0])).toBe('https');
  expect(system.output()).toContain(`https://localhost:${system.gatewayTlsPort}`);
  expect(system.output()).not.toContain('PRIVATE');
});

it('sends plain requests there', async () => {
  const request = httpRequest({ host: '127.0.0.1', port: system.gatewayPort, path: '/tea', headers: { host }, agent: false });
  request.end();
  const [{ statusCode, headers }] = (await once(request, 'response')) as [IncomingMessage];
  request.destroy();
  expect([statusCode, headers.location]).toEqual([301, `https://${host}:${system.gatewayTlsPort}/tea`]);
});

it('passes events on as they come, while the response goes on', async () => {
  const response = await ask('/events');
  expect(String((await once(response, 'data'))[0])).toBe('data: 1\n\n');
  expect(response.complete).toBe(false);
  response.destroy();
});

it('carries a WebSocket', async () => {
  const socket = connect({ host: '127.0.0.1', port: system.gatewayTlsPort, servername: host, ca: first.certificate });
  socket.write(`GET /chat HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
  socket.write('hello');
  expect(String((await once(socket, 'data'))[0])).toBe('hello');
  socket.destroy();
});

it('follows a renewed certificate at both kinds of Gateway, and keeps the connections that are open', async () => {
  const open = await Promise.all([ask('/events'), ask('/events', apiHost)]);
  const load = requestsUntilStopped();
  const client = await system.client();
  const before = await client.get(Secrets, 'default', 'shop-tls');
  await client.update(Secrets, { ...secret(renewed), metadata: { ...secret(renewed).metadata, ...before?.metadata } });
  const { serialNumber } = new X509Certificate(renewed.certificate);
  for (const name of [host, apiHost])
    await eventually(`the new certificate of ${name}`, async () => {
      const socket = connect({ host: '127.0.0.1', port: system.gatewayTlsPort, servername: name, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const served = socket.getPeerCertificate().serialNumber;
      socket.destroy();
      return served === serialNumber ? true : undefined;
    });
  const statuses = await load.stop();
  expect(new Set(statuses)).toEqual(new Set([200]));
  for (const events of open) {
    expect([events.destroyed, events.complete]).toEqual([false, false]);
    events.destroy();
  }
});

/** One after the other to both hosts, each on a connection of its own; an error is thrown by `stop`. */
function requestsUntilStopped() {
  const state = { isOver: false };
  const statuses: (number | undefined)[] = [];
  const loop = (async () => {
    while (!state.isOver)
      for (const name of [host, apiHost]) {
        const response = await ask('/', name);
        response.resume();
        statuses.push(response.statusCode);
      }
  })();
  // It is told by `stop`.
  loop.catch(() => undefined);
  return {
    stop: async () => {
      state.isOver = true;
      await loop;
      return statuses;
    },
  };
}
