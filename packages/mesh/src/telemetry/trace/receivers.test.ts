/** Spans as receivers get them: each transport against a server that speaks its protocol. */
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { freePort, startBackend } from '../../testing/backend.ts';
import { GrpcTransport } from './grpc-transport.ts';
import { HttpTransport } from './http-transport.ts';
import { exportPath } from './otlp-descriptor.ts';
import type { OtlpSpan } from './span.ts';
import { Refused } from './transport.ts';
import { zipkinSpans } from './zipkin.ts';

const root: OtlpSpan = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceState: 'a=b',
  name: 'web.default.svc.cluster.local:80/*',
  kind: 2,
  startTimeUnixNano: '1795260000123456000',
  endTimeUnixNano: '1795260000125456000',
  attributes: [
    { key: 'http.method', value: { stringValue: 'GET' } },
    { key: 'http.status_code', value: { intValue: '503' } },
  ],
  status: { code: 2 },
};
const parentSpanId = '00f067aa0ba902b7';
const spans = [
  { service: 'order.shop', span: { ...root, parentSpanId } },
  { service: 'order.shop', span: { ...root, status: {} } },
];

describe('OTLP over gRPC', () => {
  /** As opentelemetry-proto has them. */
  const { root: schema } = protobuf.parse(`syntax = "proto3";
    message Request { repeated ResourceSpans resource_spans = 1; }
    message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
    message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
    message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
    message Scope { string name = 1; string version = 2; }
    message KeyValue { string key = 1; AnyValue value = 2; }
    message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
    message Span {
      bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; fixed32 flags = 16; string name = 5;
      int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
    }
    message Status { string message = 2; int32 code = 3; }`);

  interface Receiver extends AsyncDisposable {
    host: string;
    port: number;
    received: { message: unknown; tenant: unknown }[];
  }

  async function startReceiver(code: status = status.OK): Promise<Receiver> {
    const server = new Server();
    const received: Receiver['received'] = [];
    const answer = (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      const type = schema.lookupType('Request');
      const message: unknown = type.toObject(type.decode(call.request), { longs: String, bytes: String });
      received.push({ message, tenant: call.metadata.get('x-tenant')[0] });
      if (code === status.OK) done(null, Buffer.alloc(0));
      else done({ code, details: 'no' });
    };
    const pass = (bytes: Buffer) => bytes;
    const coding = { requestSerialize: pass, requestDeserialize: pass, responseSerialize: pass, responseDeserialize: pass };
    server.addService(
      { export: { path: exportPath, requestStream: false, responseStream: false, ...coding } },
      { export: answer },
    );
    const { promise, resolve } = Promise.withResolvers<number>();
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, port) => resolve(port));
    const dispose = () => {
      server.forceShutdown();
      return Promise.resolve();
    };
    return { host: '127.0.0.1', port: await promise, received, [Symbol.asyncDispose]: dispose };
  }

  test('has everything that the span has, and the metadata', async () => {
    await using receiver = await startReceiver();
    const transport = new GrpcTransport({ findReceiver: () => receiver, metadata: { 'x-tenant': 'shop' } });
    await transport.send(spans);
    transport.close();
    const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
    const sent = {
      traceId: base64(root.traceId),
      spanId: base64(root.spanId),
      traceState: 'a=b',
      name: root.name,
      kind: 2,
      startTimeUnixNano: root.startTimeUnixNano,
      endTimeUnixNano: root.endTimeUnixNano,
      attributes: root.attributes,
    };
    const attributes = [
      { key: 'service.name', value: { stringValue: 'order.shop' } },
      { key: 'telemetry.sdk.name', value: { stringValue: 'hikyaku' } },
    ];
    const ofScope = {
      scope: { name: 'hikyaku-proxy' },
      spans: [
        { ...sent, parentSpanId: base64(parentSpanId), status: { code: 2 } },
        { ...sent, status: {} },
      ],
    };
    expect(receiver.received).toEqual([
      { message: { resourceSpans: [{ resource: { attributes }, scopeSpans: [ofScope] }] }, tenant: 'shop' },
    ]);
  });

  test('follows its receiver to another address', async () => {
    await using first = await startReceiver();
    await using second = await startReceiver();
    const turns = [first, second];
    const transport = new GrpcTransport({ findReceiver: () => turns.shift() });
    await transport.send(spans);
    await transport.send(spans);
    await expect(transport.send(spans)).rejects.toThrow('the receiver has no ready endpoint');
    transport.close();
    expect([first.received.length, second.received.length]).toEqual([1, 1]);
  });

  test.each([
    ['may be tried again', status.UNAVAILABLE, false],
    ['may be tried again', status.RESOURCE_EXHAUSTED, false],
    ['is for good', status.INVALID_ARGUMENT, true],
    ['is for good', status.UNIMPLEMENTED, true],
  ])('a refusal %s: status %d', async (_, code, isFinal) => {
    await using receiver = await startReceiver(code);
    const transport = new GrpcTransport({ findReceiver: () => receiver });
    const error: unknown = await transport.send(spans).catch((reason: unknown) => reason);
    transport.close();
    expect(error).toMatchObject({ message: `answered with status ${code} (no)` });
    expect(error instanceof Refused).toBe(isFinal);
  });

  test('a receiver that is away may come back', async () => {
    const port = await freePort();
    const transport = new GrpcTransport({ findReceiver: () => ({ host: '127.0.0.1', port }) });
    const error: unknown = await transport.send(spans).catch((reason: unknown) => reason);
    transport.close();
    expect(error).toMatchObject({ message: expect.stringContaining('answered with status 14') as string });
    expect(error).not.toBeInstanceOf(Refused);
  });
});

test('Zipkin gets its own JSON', async () => {
  const bodies: unknown[] = [];
  await using backend = await startBackend((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push({ path: request.url, spans: JSON.parse(Buffer.concat(chunks).toString()) as unknown });
      response.writeHead(202).end();
    });
  });
  const findReceiver = () => ({ host: backend.address, port: backend.port });
  const transport = new HttpTransport({ findReceiver, path: '/api/v2/spans', encode: zipkinSpans });
  await transport.send(spans);
  transport.close();
  const sent = {
    traceId: root.traceId,
    id: root.spanId,
    kind: 'SERVER',
    name: root.name,
    timestamp: 1_795_260_000_123_456,
    duration: 2_000,
    localEndpoint: { serviceName: 'order.shop' },
    tags: { 'http.method': 'GET', 'http.status_code': '503' },
  };
  expect(bodies).toEqual([
    { path: '/api/v2/spans', spans: [{ ...sent, parentId: parentSpanId, tags: { ...sent.tags, error: 'true' } }, sent] },
  ]);
});
