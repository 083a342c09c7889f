/** Access logs and spans of real traffic. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MeshProxy } from '../proxy/proxy.ts';
import { defaultJson } from '../snapshot/telemetry/access-log-formats.ts';
import type { TelemetrySettings, TracingPolicy } from '../snapshot/telemetry-settings.ts';
import { send, startBackend } from '../testing/backend.ts';
import type { Backend } from '../testing/backend.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import type { OtlpSpan } from './trace/span.ts';

let folder: string;
let proxy: MeshProxy;
let port: number;
const onTrouble = vi.fn<(message: string) => void>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hikyaku-reporter-'));
  onTrouble.mockReset();
  proxy = new MeshProxy({ gatewayPort: 0, telemetry: { accessLogFile: join(folder, 'access.log'), onTrouble } });
  port = await proxy.listen();
});

afterEach(async () => {
  await proxy.close(0);
  await rm(folder, { recursive: true, force: true });
});

function settings(side: Partial<TelemetrySettings['policies'][number]['client']>): TelemetrySettings {
  return { policies: [{ client: { accessLogs: [], ...side }, server: { accessLogs: [] } }], byAddress: {}, gateway: 0 };
}

const headersOf = (): Promise<Backend> => startBackend((request, response) => response.end(JSON.stringify(request.headers)));

describe('the access log', () => {
  const lines = async () => {
    const text = await readFile(join(folder, 'access.log'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  };

  test('has a line for each request, with the ids that the service saw', async () => {
    await using backend = await headersOf();
    const telemetry = settings({
      accessLogs: [
        {
          provider: 'envoy',
          format: { kind: 'json', fields: { ...(defaultJson.kind === 'json' && defaultJson.fields), trace: '%TRACE_ID%' } },
        },
      ],
    });
    await proxy.apply({ ...snapshotTo([backend]), telemetry });
    const seen = (await send(port, '/a?token=s3cret', { headers: { 'user-agent': 'test' } })).json() as Record<string, string>;
    await expect.poll(lines).toHaveLength(1);
    const [line = ''] = await lines();
    expect(JSON.parse(line)).toMatchObject({
      path: '/a?token=***',
      response_code: 200,
      user_agent: 'test',
      request_id: seen['x-request-id'],
      trace: seen.traceparent?.slice(3, 35),
      upstream_host: `${backend.address}:${backend.port}`,
      upstream_cluster: 'web.default:80',
      response_code_details: 'via_upstream',
    });
  });

  test('has those that pass the filter', async () => {
    await using backend = await startBackend((request, response) => response.writeHead(request.url === '/bad' ? 500 : 200).end());
    const log = { provider: 'envoy', format: { kind: 'text' as const, text: '%REQ(:PATH)%' }, filter: 'response.code >= 400' };
    await proxy.apply({ ...snapshotTo([backend]), telemetry: settings({ accessLogs: [log] }) });
    for (const path of ['/', '/bad', '/']) await send(port, path);
    await expect.poll(lines).toEqual(['/bad']);
  });

  test('with a filter that cannot be read logs nothing, and says so', async () => {
    const log = { provider: 'envoy', format: defaultJson, filter: 'response.code >=' };
    const warnings = await proxy.apply({ ...snapshotTo([]), telemetry: settings({ accessLogs: [log] }) });
    expect(warnings).toEqual([expect.stringMatching(/^access log envoy: nothing is logged, because its filter cannot be read/)]);
  });

  test('is turned off by the next snapshot', async () => {
    await using backend = await headersOf();
    const log = { provider: 'envoy', format: { kind: 'text' as const, text: '%REQ(:PATH)%' } };
    await proxy.apply({ ...snapshotTo([backend]), telemetry: settings({ accessLogs: [log] }) });
    await send(port, '/logged');
    await proxy.apply(snapshotTo([backend]));
    await send(port, '/silent');
    await proxy.telemetry.close();
    expect(await lines()).toEqual(['/logged']);
  });
});

describe('spans', () => {
  interface Collector extends Backend {
    spans: OtlpSpan[];
    services: string[];
  }

  async function startCollector(answer: () => number = () => 200): Promise<Collector> {
    const spans: OtlpSpan[] = [];
    const services: string[] = [];
    const backend = await startBackend((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const status = answer();
        const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as {
          resourceSpans: {
            resource: { attributes: { value: { stringValue: string } }[] };
            scopeSpans: { spans: OtlpSpan[] }[];
          }[];
        };
        for (const { resource, scopeSpans } of status === 200 ? resourceSpans : []) {
          services.push(resource.attributes[0]?.value.stringValue ?? '');
          spans.push(...scopeSpans.flatMap((scope) => scope.spans));
        }
        response.writeHead(status).end('{}');
      });
    });
    return Object.assign(backend, { spans, services });
  }

  const tracingTo = ({ address, port: receiver }: Backend, change: Partial<TracingPolicy> = {}): TracingPolicy => {
    return {
      exporter: { protocol: 'otlp-http', target: { host: address, port: receiver }, path: '/v1/traces', headers: {} },
      samplingPercent: 100,
      isReported: true,
      tags: {},
      ...change,
    };
  };

  test('stand between the caller’s and the service’s', async () => {
    await using backend = await headersOf();
    await using collector = await startCollector();
    const tags = { tenant: { header: 'x-tenant' }, team: { literal: 'a' } };
    await proxy.apply({ ...snapshotTo([backend]), telemetry: settings({ tracing: tracingTo(collector, { tags }) }) });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'a=b', 'x-tenant': 'shop' };
    const seen = (await send(port, '/a?token=s3cret', { headers })).json() as Record<string, string>;
    await expect.poll(() => collector.spans).toHaveLength(1);
    const [span] = collector.spans;
    expect(span).toMatchObject({
      traceId,
      parentSpanId: 'b7ad6b7169203331',
      traceState: 'a=b',
      name: 'web.default.svc.cluster.local:80/*',
      kind: 2,
      status: {},
    });
    expect(seen.traceparent).toBe(`00-${traceId}-${span?.spanId ?? ''}-01`);
    expect(seen.tracestate).toBe('a=b');
    expect(collector.services).toEqual(['istio-ingressgateway.istio-system']);
    const attributes = Object.fromEntries(span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? []);
    expect(attributes).toMatchObject({
      'http.status_code': '200',
      'http.url': `http://localhost:${port}/a?token=***`,
      upstream_cluster: 'web.default:80',
      tenant: 'shop',
      team: 'a',
    });
    const tookNs = BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0);
    expect(tookNs).toBeGreaterThan(0n);
    expect(tookNs).toBeLessThan(60_000_000_000n);
  });

  test('of failed requests say that they failed', async () => {
    await using collector = await startCollector();
    await proxy.apply({ ...snapshotTo([]), telemetry: settings({ tracing: tracingTo(collector) }) });
    await send(port, '/');
    await expect.poll(() => collector.spans).toMatchObject([{ status: { code: 2 } }]);
  });

  test('are sent again when the receiver was away, without holding anybody up', async () => {
    await using backend = await headersOf();
    let answers = 0;
    await using collector = await startCollector(() => (++answers === 1 ? 503 : 200));
    await proxy.apply({ ...snapshotTo([backend]), telemetry: settings({ tracing: tracingTo(collector) }) });
    for (let count = 0; count < 3; count++) await send(port, '/');
    await expect.poll(() => collector.spans.length, { timeout: 15_000 }).toBe(3);
    expect(onTrouble).toHaveBeenCalledExactlyOnceWith('spans cannot be sent: answered 503');
  });

  test('that the receiver refuses are dropped and counted', async () => {
    await using backend = await headersOf();
    await using collector = await startCollector(() => 400);
    await proxy.apply({ ...snapshotTo([backend]), telemetry: settings({ tracing: tracingTo(collector) }) });
    await send(port, '/');
    const dropped = () => proxy.telemetry.families().find(({ name }) => name === 'hikyaku_spans_dropped')?.samples[0]?.value;
    await expect.poll(dropped, { timeout: 5_000 }).toBe(1);
  });

  test('go where the environment says when no policy says so', async () => {
    await using backend = await headersOf();
    await using collector = await startCollector();
    const defaultEndpoint = `http://${collector.address}:${collector.port}`;
    const traced = new MeshProxy({ gatewayPort: 0, telemetry: { onTrouble, defaultEndpoint } });
    const tracedPort = await traced.listen();
    await traced.apply(snapshotTo([backend]));
    await send(tracedPort, '/');
    // Closing sends what waits.
    await traced.close(0);
    expect(collector.spans).toHaveLength(1);
  });
});
