/** Services elsewhere, as programs of the system meet them: a server outside, its entry, and rules for it. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificate } from '../packages/mesh/src/testing/certificates.ts';
import { hikyaku, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';
import { createWorkspace, gateway, webWorkload } from './support/workspace.ts';
import type { TemporaryWorkspace } from './support/workspace.ts';

/** Asks for the URL it is given, with `fetch` or with `node:http`, and passes on what came. */
const caller = `import { createServer, get } from 'node:http';
const ways = {
  fetch: async (url, headers) => {
    const answer = await fetch(url, { headers });
    return { status: answer.status, text: await answer.text() };
  },
  http: (url, headers) => new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part)).on('end', () => resolve({ status: answer.statusCode, text }));
    }).on('error', reject);
  }),
};
createServer(async (request, response) => {
  if (request.url === '/') return response.end('ready');
  const { searchParams } = new URL(request.url, 'http://caller');
  const chaos = request.headers['x-chaos'];
  const answer = await ways[searchParams.get('by')](searchParams.get('url'), chaos ? { 'x-chaos': chaos } : {})
    .catch((error) => ({ status: 0, text: String(error.cause ?? error) }));
  response.end(JSON.stringify(answer));
}).listen(8080);
`;

const certificate = await makeCertificate('rates.example.com');
const encrypted = createHttpsServer({ cert: certificate.certificate, key: certificate.key }, (request, response) => {
  const servername = request.socket instanceof TLSSocket ? request.socket.servername : undefined;
  // Every request fails the first time.
  const isFirst = request.headers['x-envoy-attempt-count'] === undefined;
  response.writeHead(isFirst ? 503 : 200).end(JSON.stringify({ host: request.headers.host, servername, url: request.url }));
});
const plain = createHttpServer((request, response) => response.end(`plain ${request.headers.host}`));

async function portOf(server: typeof plain | typeof encrypted): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function routing(securePort: number, plainPort: number, caFile: string): string {
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: rates }
spec:
  hosts: [rates.example.com]
  ports: [{ number: 8080, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1, ports: { http: ${securePort} } }]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: rates }
spec:
  host: rates.example.com
  trafficPolicy: { tls: { mode: SIMPLE, caCertificates: ${caFile} } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: rates }
spec:
  hosts: [rates.example.com]
  http:
    - match: [{ headers: { x-chaos: { exact: 'yes' } } }]
      fault: { abort: { httpStatus: 418, percentage: { value: 100 } } }
      route: [{ destination: { host: rates.example.com } }]
    - match: [{ uri: { prefix: /once } }]
      retries: { attempts: 0 }
      route: [{ destination: { host: rates.example.com } }]
    - rewrite: { uri: /v2/ }
      retries: { attempts: 2, retryOn: '503' }
      route: [{ destination: { host: rates.example.com } }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: plain }
spec:
  hosts: [plain.example.com]
  ports: [{ number: 8080, name: http, protocol: HTTP }, { number: 9000, name: tcp, protocol: TCP }]
  resolution: DNS
  endpoints:
    - { address: localhost, ports: { http: ${plainPort}, tcp: ${plainPort} }, labels: { version: v1 } }
    - { address: 127.0.0.1, ports: { http: 1, tcp: ${plainPort} }, labels: { version: broken } }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: plain }
spec:
  host: plain.example.com
  subsets: [{ name: v1, labels: { version: v1 } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: plain }
spec:
  hosts: [plain.example.com]
  http: [{ route: [{ destination: { host: plain.example.com, port: { number: 8080 }, subset: v1 } }] }]
`;
}

let workspace: TemporaryWorkspace;
let system: System;

beforeAll(async () => {
  const [securePort, plainPort] = await Promise.all([portOf(encrypted), portOf(plain)]);
  workspace = await createWorkspace({
    'services/caller/package.json': JSON.stringify({ name: 'caller', type: 'module', scripts: { start: 'node main.js' } }),
    'services/caller/main.js': caller,
    'ca.pem': certificate.certificate,
    'deploy/caller.yaml': webWorkload('caller'),
    'deploy/gateway.yaml': gateway({ '/': 'caller' }),
  });
  await workspace.write('deploy/routing.yaml', routing(securePort, plainPort, `${workspace.root}/ca.pem`));
  system = await startSystem({ cwd: workspace.root, paths: ['deploy'], args: ['--no-watch'] });
  await system.printed(/ready in/);
});

afterAll(async () => {
  await system.purge();
  await workspace.remove();
  encrypted.close();
  plain.close();
});

async function call(url: string, by: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${system.url}/call?by=${by}&url=${encodeURIComponent(url)}`, { headers });
  return (await answer.json()) as { status: number; text: string };
}

for (const by of ['fetch', 'http']) {
  it(`leads a plain call by ${by} out over TLS, rewritten, and again when it fails`, async () => {
    const { status, text } = await call('http://rates.example.com:8080/jpy', by);
    expect(status, text).toBe(200);
    expect(JSON.parse(text)).toEqual({ host: 'rates.example.com:8080', servername: 'rates.example.com', url: '/v2/jpy' });
  });

  it(`shows a call by ${by} the failure where no rule says to try again, and faults on purpose`, async () => {
    expect((await call('http://rates.example.com:8080/once', by)).status).toBe(503);
    expect((await call('http://rates.example.com:8080/jpy', by, { 'x-chaos': 'yes' })).status).toBe(418);
  });

  it(`leads a call by ${by} to the endpoints of a subset, also to one that is a name`, async () => {
    for (let round = 0; round < 4; round++)
      expect(await call('http://plain.example.com:8080/', by)).toEqual({ status: 200, text: 'plain plain.example.com:8080' });
  });

  it(`carries other ports as bytes for ${by}`, async () => {
    expect(await call('http://plain.example.com:9000/', by)).toEqual({ status: 200, text: 'plain plain.example.com:9000' });
  });
}

it('explains where such a call goes', async () => {
  const asked = ['mesh', 'explain', 'GET', 'http://rates.example.com:8080/jpy', '--from', 'caller'];
  const { output } = await hikyaku([...asked, '--state-dir', system.stateDir], workspace.root);
  expect(output).toContain('VirtualService default/rates, rule 3');
  expect(output).toContain('encrypted, asking for the host of the request');
});
