import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MeshProxy } from '../proxy/proxy.ts';
import { portOf, send, startBackend } from '../testing/backend.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { StatsServer } from './stats-server.ts';

let proxy: MeshProxy;
let server: StatsServer;
let port: number;
let isReady: boolean;

beforeEach(async () => {
  isReady = true;
  proxy = new MeshProxy({ gatewayPort: 0 });
  server = new StatsServer({ port: 0, telemetry: proxy.telemetry, isReady: () => isReady });
  port = await server.listen();
});

afterEach(async () => {
  server.close();
  await proxy.close(0);
});

test('Prometheus gets its text, and OpenMetrics when it asks for that', async () => {
  await using backend = await startBackend((_, response) => response.end('hello'));
  await proxy.apply(snapshotTo([backend]));
  await send(await proxy.listen(), '/');
  const plain = await send(port, '/stats/prometheus');
  expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(plain.text).toMatch(/^istio_requests_total\{.*response_code="200".*\} 1$/m);
  const open = await send(port, '/stats/prometheus', { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
  expect(open.headers['content-type']).toContain('application/openmetrics-text');
  expect(open.text).toMatch(/# EOF\n$/);
});

test('edges come with success and latency', async () => {
  await using backend = await startBackend((request, response) => response.writeHead(request.url === '/bad' ? 500 : 200).end());
  await proxy.apply(snapshotTo([backend]));
  const gateway = await proxy.listen();
  for (const path of ['/', '/', '/bad']) await send(gateway, path);
  const { edges } = (await send(port, '/stats/edges')).json() as { edges: unknown[] };
  expect(edges).toMatchObject([
    { source: 'istio-ingressgateway', service: 'default/web', requests: 3, failed: 1, ends: { '200': 2, '500': 1 } },
  ]);
  expect(edges[0]).toHaveProperty('latencyMs.p99');
});

test('readiness follows the proxy', async () => {
  expect((await send(port, '/healthz/ready')).status).toBe(200);
  isReady = false;
  expect((await send(port, '/healthz/ready')).status).toBe(503);
});

test.each([
  ['another host', '/stats/prometheus', { headers: { host: 'evil.example' } }, 403],
  ['a method that writes', '/stats/prometheus', { method: 'POST' }, 405],
  ['a path that is not there', '/quitquitquit', {}, 404],
])('%s is refused', async (_, path, options, status) => {
  expect((await send(port, path, options)).status).toBe(status);
});

test('a taken port is the system’s error', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const second = new StatsServer({ port: portOf(holder), telemetry: proxy.telemetry, isReady: () => true });
  await expect(second.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  holder.close();
});
