/** The example, a front proxy after Envoy's own, over real sockets. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { send, startBackend } from '../testing/backend.ts';
import { tcpProxyType } from './bootstrap-schema.ts';
import { EnvoyProxy } from './envoy-proxy.ts';
import { loadBootstrap } from './load.ts';

const example = readFileSync(join(import.meta.dirname, '../../../../examples/envoy/envoy.yaml'), 'utf8');
let proxy: EnvoyProxy | undefined;

afterEach(async () => {
  await proxy?.close(100);
  proxy = undefined;
});

/** Ports by name of listener; those of the text give way to free ones. */
async function serve(text: string, ports: Record<number, number> = {}): Promise<Record<string, number>> {
  const placed = text.replace(/port_value: (\d+)/g, (_, port: string) => `port_value: ${ports[Number(port)] ?? 0}`);
  const { serving, diagnostics } = loadBootstrap({ path: 'envoy.yaml', text: placed });
  if (serving === undefined) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  proxy = new EnvoyProxy(serving);
  const places = await proxy.listen();
  return Object.fromEntries(places.map(({ name, port }) => [name, port]));
}

test('the example can be served without a warning', () => {
  expect(loadBootstrap({ path: 'envoy.yaml', text: example }).diagnostics).toEqual([]);
});

describe('the front proxy of the example', () => {
  const echo = (name: string) =>
    startBackend((request, response) => response.end(`${name} ${request.headers.host ?? ''} ${request.url ?? ''}`));

  test('routes by prefix with rewrites, weights, redirects, direct responses and headers', async () => {
    await using one = await echo('1');
    await using two = await echo('2');
    const { front = 0 } = await serve(example, { 8081: one.port, 8082: two.port });
    const first = await send(front, '/service/1/a?b=c');
    expect([first.text, first.headers['x-front']]).toEqual([`1 localhost:${front} /one/a?b=c`, 'envoy']);
    expect((await send(front, '/service/2')).text).toBe('2 two.internal /service/2');
    const moved = await send(front, '/old');
    expect([moved.status, moved.headers.location]).toEqual([302, `http://localhost:${front}/service/1`]);
    expect((await send(front, '/version/v12', { headers: { 'x-debug': 'yes' } })).text).toBe('debug');
    expect((await send(front, '/version/v12')).status).toBe(404);
    const both = await Promise.all(Array.from({ length: 60 }, async () => (await send(front, '/both')).text[0]));
    expect(new Set(both)).toEqual(new Set(['1', '2']));
  });

  test('asks endpoints how they are, and leaves out one that is ill', async () => {
    let isWell = true;
    await using service = await startBackend((request, response) => {
      response.writeHead(request.url === '/health' && !isWell ? 500 : 200).end();
    });
    const healthCheck = `type: STATIC
      health_checks:
        - { timeout: 1s, interval: 0.05s, healthy_threshold: 1, unhealthy_threshold: 1, http_health_check: { path: /health } }`;
    const { front = 0 } = await serve(example.replace('type: STATIC', healthCheck), { 8081: service.port, 8082: service.port });
    await vi.waitFor(async () => expect((await send(front, '/service/2')).status).toBe(200), 5000);
    isWell = false;
    await vi.waitFor(async () => expect((await send(front, '/service/2')).status).toBe(503), 5000);
    expect((await send(front, '/service/1')).status).toBe(200);
    isWell = true;
    await vi.waitFor(async () => expect((await send(front, '/service/2')).status).toBe(200), 5000);
  });

  test('repeats what failed where retry_policy says so, and only there', async () => {
    let calls = 0;
    await using failing = await startBackend((_, response) => {
      calls++;
      response.writeHead(503).end();
    });
    const { front = 0 } = await serve(example, { 8081: failing.port, 8082: failing.port });
    expect((await send(front, '/service/2')).status).toBe(503);
    expect(calls).toBe(3);
    expect((await send(front, '/service/1')).status).toBe(503);
    expect(calls).toBe(4);
  });

  test('tells its counts at admin, in Prometheus’ form', async () => {
    await using one = await echo('1');
    const { front = 0, admin = 0 } = await serve(
      `${example}admin:\n  address: { socket_address: { address: 127.0.0.1, port_value: 9901 } }\n`,
      {
        8081: one.port,
      },
    );
    await send(front, '/service/1');
    await send(front, '/nowhere');
    const { text } = await send(admin, '/stats/prometheus');
    expect(text).toContain('istio_requests_total');
    expect(text).toContain('envoy_http_downstream_rq_total{envoy_http_conn_manager_prefix="ingress_http"} 2\n');
    expect(text).toContain('envoy_http_downstream_rq_active{envoy_http_conn_manager_prefix="ingress_http"} 0\n');
    const classes = text.match(/^envoy_http_downstream_rq_xx\{envoy_response_code_class="[24]".*\} 1$/gm);
    expect(classes).toHaveLength(2);
    expect(text).toContain('envoy_cluster_upstream_rq_total{cluster_name="service1",envoy_cluster_name="service1"} 1\n');
    expect((await send(admin, '/ready')).status).toBe(200);
  });
});

test('a cluster is called in statistics what alt_stat_name says', async () => {
  await using backend = await startBackend((_, response) => response.end('ok'));
  const admin = 'admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } }\n';
  const renamed = example.replace(/^( +)- name: service1$/m, '$&\n$1  alt_stat_name: renamed');
  const ports = await serve(`${renamed}${admin}`, { 8081: backend.port });
  const { text } = await send(ports.admin ?? 0, '/stats/prometheus');
  expect(text).toMatch(/^envoy_cluster_membership_total\{cluster_name="renamed",/m);
});

test('tcp_proxy carries bytes', async () => {
  await using backend = await startBackend((_, response) => response.end('carried'));
  await using free = await startBackend(() => undefined);
  const port = free.port;
  await free[Symbol.asyncDispose]();
  const text = `static_resources:
  listeners:
    - name: bytes
      address: { socket_address: { address: 127.0.0.1, port_value: 1 } }
      filter_chains: [{ filters: [{ typed_config: { '@type': ${tcpProxyType}, stat_prefix: s, cluster: c } }] }]
  clusters:
    - name: c
      load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 2 } } } }] }] }
`;
  const { bytes = 0 } = await serve(text, { 1: port, 2: backend.port });
  const client = connect(bytes, '127.0.0.1').setEncoding('utf8');
  client.write('GET / HTTP/1.0\r\n\r\n');
  let received = '';
  client.on('data', (chunk: string) => (received += chunk));
  await once(client, 'close');
  expect(received).toMatch(/carried$/);
});
