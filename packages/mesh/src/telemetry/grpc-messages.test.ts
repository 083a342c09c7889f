/** Messages of gRPC calls, as Prometheus reads them, spoken by the real client and server of @grpc/grpc-js. */
import { Client, Server, ServerCredentials, credentials } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MeshProxy } from '../proxy/proxy.ts';
import { send } from '../testing/backend.ts';
import { snapshotTo } from '../testing/snapshots.ts';
import { formatFamilies } from './prometheus.ts';

const path = '/test.Echo/chat';
const pass = (value: Buffer) => value;
let proxy: MeshProxy;
let gateway: number;
let client: Client;
let server: Server;

/** Answers each message with two. */
function chat(call: ServerDuplexStream<Buffer, Buffer>): void {
  call.on('data', (part: Buffer) => {
    call.write(part);
    call.write(part);
  });
  call.on('end', () => call.end());
}

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  gateway = await proxy.listen();
  client = new Client(`localhost:${gateway}`, credentials.createInsecure());
  server = new Server();
  const coding = { requestSerialize: pass, requestDeserialize: pass, responseSerialize: pass, responseDeserialize: pass };
  server.addService({ chat: { path, requestStream: true, responseStream: true, ...coding } }, { chat });
  const { promise, resolve } = Promise.withResolvers<number>();
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, port) => resolve(port));
  const { clusters, ...snapshot } = snapshotTo([{ address: '127.0.0.1', port: await promise }]);
  const speakingHttp2 = Object.entries(clusters).map(
    ([key, cluster]) => [key, { ...cluster, protocol: 'http2' as const }] as const,
  );
  await proxy.apply({ ...snapshot, clusters: Object.fromEntries(speakingHttp2) });
});

afterEach(async () => {
  client.close();
  server.forceShutdown();
  await proxy.close(0);
});

function counted(name: string): string[] {
  const text = formatFamilies(proxy.telemetry.families(), 'prometheus');
  return [...text.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\d+)$`, 'gm'))].map(([, labels = '', value = '']) => {
    const [, status = '-'] = /grpc_response_status="(\d*)"/.exec(labels) ?? [];
    const [, service = '-'] = /destination_service_name="(.*?)"/.exec(labels) ?? [];
    return `${service} ${status} × ${value}`;
  });
}

test('the messages of a stream are counted while it is open, and once', async () => {
  const call = client.makeBidiStreamRequest(path, pass, pass);
  const received: Buffer[] = [];
  call.on('data', (part: Buffer) => received.push(part));
  for (const size of [0, 10, 100_000]) call.write(Buffer.alloc(size));
  await expect.poll(() => received.length).toBe(6);
  expect(counted('istio_request_messages_total')).toEqual(['web - × 3']);
  expect(counted('istio_response_messages_total')).toEqual(['web - × 6']);
  expect(counted('istio_requests_total')).toEqual([]);
  call.write(Buffer.from('last'));
  call.end();
  await once(call, 'end');
  await expect.poll(() => counted('istio_requests_total')).toEqual(['web 0 × 1']);
  expect(counted('istio_request_messages_total')).toEqual(['web - × 4']);
  expect(counted('istio_response_messages_total')).toEqual(['web - × 8']);
});

test('what is no gRPC has no messages', async () => {
  await send(gateway, '/', { headers: { 'content-type': 'application/grpc' } });
  expect(counted('istio_requests_total')).toHaveLength(1);
  expect(counted('istio_request_messages_total')).toEqual([]);
});
