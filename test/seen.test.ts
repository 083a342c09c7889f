/** What can be seen of the shop's traffic from outside: one trace from hop to hop, the access log, and the counts. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { products, signUp } from './support/shop.ts';
import { eventually, hikyaku, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

/** As OTLP's JSON has it. */
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
  /** The resource's. */
  service: string;
}

interface ExportRequest {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue: string } }[] };
    scopeSpans: { spans: Omit<Span, 'service'>[] }[];
  }[];
}

const manifests = (collectorPort: number): string => `apiVersion: v1
kind: Namespace
metadata: { name: istio-system }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
  mesh: |
    accessLogFile: /dev/stdout
    accessLogEncoding: JSON
    extensionProviders:
      - name: otel
        opentelemetry:
          service: 127.0.0.1
          port: ${collectorPort}
          http: { path: /v1/traces }
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: mesh-default, namespace: istio-system }
spec:
  tracing:
    - providers: [{ name: otel }]
      randomSamplingPercentage: 100
`;

const spans: Span[] = [];
let collector: Server;
let folder: string;
let system: System;

beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as ExportRequest;
      for (const { resource, scopeSpans } of resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))));
      }
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  folder = await mkdtemp(join(tmpdir(), 'hikyaku-seen-'));
  await writeFile(join(folder, 'telemetry.yaml'), manifests((collector.address() as AddressInfo).port));
  system = await startSystem({ paths: ['shop/deploy', folder], args: ['--no-watch'] });
  await system.printed(/ready in/);
}, 120_000);

afterAll(async () => {
  await system.purge();
  collector.closeAllConnections();
  collector.close();
  await rm(folder, { recursive: true, force: true });
});

function attribute({ attributes }: Span, name: string): string | undefined {
  const value = attributes.find(({ key }) => key === name)?.value;
  return value?.stringValue ?? value?.intValue;
}

it('an order is one trace from the gateway through order-service to product-service', async () => {
  const buyer = await signUp(system.url);
  const [tea] = await products(system.url);
  const traceId = '5bd66ef5095369c7b0d1f8f4bd33716a';
  const caller = 'c532cb4098ac3dd2';
  const placed = await buyer.request<{ id: string }>(
    'POST',
    '/orders',
    { items: [{ productId: tea?.id, quantity: 1 }], card: '4242424242424242' },
    { 'idempotency-key': 'seen-1', traceparent: `00-${traceId}-${caller}-01` },
  );
  expect(placed.status).toBe(202);
  const ofTrace = () => spans.filter((span) => span.traceId === traceId);
  const [gateway, inner] = await eventually('both spans arrive', () => {
    const first = ofTrace().find(({ parentSpanId }) => parentSpanId === caller);
    const second = ofTrace().find(
      ({ service, name }) => service === 'order-service.shop' && name.startsWith('product-service.shop'),
    );
    return first && second && [first, second];
  });
  expect(gateway).toMatchObject({
    service: 'istio-ingressgateway.istio-system',
    name: 'order-service.shop.svc.cluster.local:8080/*',
  });
  expect(attribute(gateway, 'http.status_code')).toBe('202');
  // Between the two hops stands the span of order-service itself.
  expect(inner.parentSpanId).toMatch(/^[0-9a-f]{16}$/);
  expect([caller, gateway.spanId, inner.spanId]).not.toContain(inner.parentSpanId);
});

it('the access log has the request, with its trace and without its token', async () => {
  const line = await eventually('the line is written', async () => {
    const { output } = await hikyaku(['mesh', 'logs', '--tail', '500', '--state-dir', system.stateDir]);
    return output.split('\n').find((each) => each.includes('"method":"POST","path":"/api/orders"'));
  });
  expect(JSON.parse(line)).toMatchObject({
    response_code: 202,
    response_flags: '-',
    upstream_cluster: 'order-service.shop:8080',
    route_name: expect.stringContaining('VirtualService shop/') as string,
  });
  expect(line).not.toContain('Bearer');
});

it('the counts know both ends of each call', async () => {
  const { output } = await hikyaku(['mesh', 'stats', '-o', 'json', '--state-dir', system.stateDir]);
  const { edges } = JSON.parse(output) as { edges: { source: string; service: string; requests: number; failed: number }[] };
  for (const [source, service] of [
    ['istio-ingressgateway', 'shop/order-service'],
    ['shop/order-service', 'shop/product-service'],
  ])
    expect(edges).toContainEqual(expect.objectContaining({ source, service, failed: 0 }));
});
