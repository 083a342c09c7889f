/** What is counted of real traffic, in the words of Prometheus. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Peer, Snapshot } from '../snapshot/snapshot.ts';
import { send, startBackend } from '../testing/backend.ts';
import { meshForEachTest } from '../testing/mesh-for-each-test.ts';
import { forwardTo, routeFor, snapshotOf, snapshotTo } from '../testing/snapshots.ts';
import { formatFamilies } from './prometheus.ts';

const mesh = meshForEachTest();

function peer(workload: string, version = 'v1'): Peer {
  return { workload, namespace: 'shop', app: workload, version, canonicalService: workload, canonicalRevision: version };
}

/** Each request as `flags status source → destination`, once per reporter. */
function counted(): string[] {
  const text = formatFamilies(mesh.proxy.telemetry.families(), 'prometheus');
  return [...text.matchAll(/^istio_requests_total\{(.*)\} (\d+)$/gm)].map(([, labels = '', count]) => {
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? 'absent';
    const edge = `${label('source_workload')} → ${label('destination_service_name')} ${label('destination_version')}`;
    return `${label('reporter')}: ${edge} ${label('response_code')} ${label('response_flags')} × ${count ?? ''}`;
  });
}

const withPeers = (snapshot: Snapshot, peers: Record<string, Peer>): Snapshot => ({ ...snapshot, peers });

describe('a request at the gateway', () => {
  test('is counted at both ends of its edge, with what was sent and received', async () => {
    await using backend = await startBackend((request, response) => request.resume().on('end', () => response.end('hello')));
    await mesh.proxy.apply(withPeers(snapshotTo([backend]), { '127.0.0.1': peer('web', 'v2') }));
    await send(mesh.port, '/', { method: 'POST', body: 'abc' });
    await send(mesh.port, '/');
    expect(counted()).toEqual([
      'source: istio-ingressgateway → web v2 200 - × 2',
      'destination: istio-ingressgateway → web v2 200 - × 2',
    ]);
    const text = formatFamilies(mesh.proxy.telemetry.families(), 'prometheus');
    expect(text).toMatch(/^istio_request_bytes_sum\{reporter="source".*\} 3$/m);
    expect(text).toMatch(/^istio_response_bytes_sum\{reporter="source".*\} 10$/m);
    expect(text).toMatch(/^istio_response_bytes_bucket\{reporter="source".*,le="5"\} 2$/m);
    expect(text).toMatch(/^istio_request_duration_milliseconds_count\{reporter="source".*\} 2$/m);
    expect(text).toContain('destination_service="web.default.svc.cluster.local"');
  });

  test.each([
    ['no rule takes', { host: 'evil.example' }, '/', 'unknown unknown 421 NR'],
    ['has no endpoint', {}, '/empty', 'empty unknown 503 UH'],
    ['leads to no cluster', {}, '/lost', 'lost unknown 503 NC'],
    ['cannot be connected', {}, '/down', 'down unknown 503 UF,URX'],
    ['is aborted on purpose', {}, '/fault', 'unknown unknown 418 FI'],
  ])('that %s carries Envoy’s flag', async (_, headers, path, end) => {
    const to = (name: string) =>
      routeFor(`/${name}`, forwardTo(`${name}.default:80`, { retry: { attempts: 1, retryOn: ['connect-failure'] } }));
    const fault = {
      ...routeFor('/fault', { kind: 'respond', status: 200 } as const),
      policies: { fault: { abort: { status: 418, percent: 100 } } },
    };
    const dead = { address: '127.0.0.9', port: 1 };
    await mesh.proxy.apply(
      snapshotOf([to('empty'), to('lost'), to('down'), fault], { 'empty.default:80': [], 'down.default:80': [dead] }),
    );
    await send(mesh.port, path, { headers });
    expect(counted()).toEqual([`source: istio-ingressgateway → ${end} × 1`]);
  });

  test('that its caller gives up is counted as DC, without a status', async () => {
    await using backend = await startBackend(() => undefined);
    await mesh.proxy.apply(snapshotTo([backend]));
    const client = connect(mesh.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(backend.server, 'request');
    client.destroy();
    await expect.poll(counted).toEqual(['source: istio-ingressgateway → web unknown 0 DC × 1']);
  });

  test('that breaks off in the middle of its response is counted once, as UC', async () => {
    await using backend = await startBackend((_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half', () => response.destroy());
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    await expect(send(mesh.port, '/')).rejects.toThrow();
    await expect.poll(counted).toEqual(['source: istio-ingressgateway → web unknown 200 UC × 1']);
  });

  test('that is retried is one request, with its retries counted beside', async () => {
    let asked = 0;
    await using backend = await startBackend((_, response) => response.writeHead(++asked < 3 ? 503 : 200).end());
    await mesh.proxy.apply(snapshotTo([backend], { retry: { attempts: 2, retryOn: ['5xx'] } }));
    expect((await send(mesh.port, '/')).status).toBe(200);
    expect(counted()).toEqual(['source: istio-ingressgateway → web unknown 200 - × 1']);
    expect([...mesh.proxy.telemetry.edges]).toMatchObject([{ retries: 2 }]);
  });

  test('that becomes a tunnel is counted when that closes, with its bytes', async () => {
    await using backend = await startBackend(() => undefined);
    backend.server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi');
      socket.on('data', () => socket.end());
    });
    await mesh.proxy.apply(snapshotTo([backend]));
    const client = connect(mesh.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await once(client, 'data');
    expect(counted()).toEqual([]);
    client.end('frame');
    await expect.poll(counted).toEqual(['source: istio-ingressgateway → web unknown 101 - × 1']);
    expect(formatFamilies(mesh.proxy.telemetry.families(), 'prometheus')).toMatch(/^istio_request_bytes_sum\{.*\} 5$/m);
  });
});

describe('between services', () => {
  const address = '127.96.202.1';
  const services = (protocol: 'http' | 'tcp') => [
    { address, port: 7070, service: 'shop/web', cluster: 'web.shop:7070', protocol },
  ];

  test('the caller is known by its address', async () => {
    await using backend = await startBackend((_, response) => response.end('ok'), { address: '127.16.202.2' });
    const snapshot = { ...snapshotOf([], { 'web.shop:7070': [backend] }), services: services('http') };
    await mesh.proxy.apply(withPeers(snapshot, { '127.16.202.1': peer('order'), '127.16.202.2': peer('web') }));
    await send(7070, '/', { host: address, localAddress: '127.16.202.1' });
    expect(counted()).toEqual(['source: order → web v1 200 - × 1', 'destination: order → web v1 200 - × 1']);
  });

  test('connections carried as bytes are counted while they are open', async () => {
    await using backend = await startBackend(() => undefined, { address: '127.16.202.2' });
    backend.server.removeAllListeners('connection').on('connection', (socket) => socket.pipe(socket));
    const snapshot = { ...snapshotOf([], { 'web.shop:7070': [backend] }), services: services('tcp') };
    await mesh.proxy.apply(withPeers(snapshot, { '127.16.202.1': peer('order'), '127.16.202.2': peer('web') }));
    const client = connect({ port: 7070, host: address, localAddress: '127.16.202.1' });
    client.write('12345');
    await once(client, 'data');
    const text = () => formatFamilies(mesh.proxy.telemetry.families(), 'prometheus');
    expect(text()).toMatch(/^istio_tcp_received_bytes_total\{reporter="source",source_workload="order".*\} 5$/m);
    expect(text()).toMatch(/^istio_tcp_sent_bytes_total\{reporter="source".*\} 5$/m);
    expect(text()).toMatch(/^istio_tcp_connections_closed_total\{.*\} 0$/m);
    client.destroy();
    await expect.poll(text).toMatch(/^istio_tcp_connections_closed_total\{.*\} 1$/m);
    expect(text()).toMatch(/^istio_tcp_connections_opened_total\{.*\} 1$/m);
  });
});

test('what is counted goes on across snapshots and restarts of Pods', async () => {
  await using backend = await startBackend((_, response) => response.end('ok'));
  for (let round = 0; round < 3; round++) {
    await mesh.proxy.apply(withPeers(snapshotTo([backend]), { '127.0.0.1': peer('web') }));
    await send(mesh.port, '/');
  }
  expect(counted()[0]).toBe('source: istio-ingressgateway → web v1 200 - × 3');
});

test('label values cannot break out of their quotes; OpenMetrics has an end', async () => {
  await using backend = await startBackend((_, response) => response.end('ok'));
  await mesh.proxy.apply(withPeers(snapshotTo([backend]), { '127.0.0.1': peer('a"b\\c\nd') }));
  await send(mesh.port, '/');
  const text = formatFamilies(mesh.proxy.telemetry.families(), 'openmetrics');
  expect(text).toContain('destination_workload="a\\"b\\\\c\\nd"');
  expect(text).toContain('# TYPE istio_requests counter\n');
  expect(text).toMatch(/# EOF\n$/);
});
