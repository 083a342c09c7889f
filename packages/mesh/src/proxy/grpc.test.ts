/**
 * gRPC through the proxy, spoken by the real client and server of @grpc/grpc-js.
 */
import { Client, Metadata, Server, ServerCredentials, credentials, status } from '@grpc/grpc-js';
import type {
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceError,
  sendUnaryData,
} from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint, RouteAction } from '../snapshot/snapshot.ts';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { MeshProxy } from './proxy.ts';

let proxy: MeshProxy;
let client: Client;
const servers: Server[] = [];

beforeEach(async () => {
  proxy = new MeshProxy({ gatewayPort: 0 });
  client = new Client(`localhost:${await proxy.listen()}`, credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  for (const server of servers.splice(0)) server.forceShutdown();
  await proxy.close(0);
});

const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value };
const method = (name: string) => [`/test.Echo/${name}`, bytes.serialize, bytes.deserialize] as const;

interface Handlers {
  unary?: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => void;
  collect?: (call: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) => void;
  list?: (call: ServerWritableStream<Buffer, Buffer>) => void;
  chat?: (call: ServerDuplexStream<Buffer, Buffer>) => void;
}

async function serve(handlers: Handlers): Promise<Endpoint> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const definition = (name: string, requestStream: boolean, responseStream: boolean) => ({
    path: `/test.Echo/${name}`,
    requestStream,
    responseStream,
    requestSerialize: bytes.serialize,
    requestDeserialize: bytes.deserialize,
    responseSerialize: bytes.serialize,
    responseDeserialize: bytes.deserialize,
  });
  server.addService(
    {
      unary: definition('unary', false, false),
      collect: definition('collect', true, false),
      list: definition('list', false, true),
      chat: definition('chat', true, true),
    },
    { ...handlers },
  );
  servers.push(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { address: '127.0.0.1', port };
}

async function route(endpoints: Endpoint[], change: Partial<Extract<RouteAction, { kind: 'forward' }>> = {}): Promise<void> {
  const snapshot = snapshotOf([routeFor('/', forwardTo('echo.default:50051', change))], { 'echo.default:50051': endpoints });
  for (const cluster of Object.values(snapshot.clusters)) cluster.protocol = 'http2';
  await proxy.apply(snapshot);
}

interface Outcome {
  reply: string | undefined;
  error: ServiceError | undefined;
  trailers: Metadata | undefined;
}

function unary(message: string | Buffer, { metadata = new Metadata(), deadline = Infinity } = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    let trailers: Metadata | undefined;
    const call = client.makeUnaryRequest(...method('unary'), Buffer.from(message), metadata, { deadline }, (error, value) =>
      setImmediate(() => resolve({ reply: value?.toString(), error: error ?? undefined, trailers })),
    );
    call.on('status', ({ metadata: received }) => (trailers = received));
  });
}

describe('a unary call', () => {
  test('passes with its metadata and trailers', async () => {
    await route([
      await serve({
        unary: (call, done) => {
          const trailer = new Metadata();
          trailer.set('x-trailer', call.metadata.get('x-asked')[0] ?? '');
          trailer.set('raw-bin', Buffer.from([0, 255]));
          done(null, Buffer.from(`hello ${call.request.toString()}`), trailer);
        },
      }),
    ]);
    const metadata = new Metadata();
    metadata.set('x-asked', 'yes');
    const { reply, trailers } = await unary('you', { metadata });
    expect(reply).toBe('hello you');
    expect(trailers?.get('x-trailer')).toEqual(['yes']);
    expect(trailers?.get('raw-bin')).toEqual([Buffer.from([0, 255])]);
  });

  test('fails with the status and message of the service', async () => {
    await route([await serve({ unary: (_, done) => done({ code: status.NOT_FOUND, details: 'no such tea bowl: 飛' }) })]);
    const { error } = await unary('');
    expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'no such tea bowl: 飛' });
  });

  test('carries large messages both ways', async () => {
    await route([await serve({ unary: (call, done) => done(null, call.request) })]);
    const large = Buffer.alloc(3_000_000, 'tea');
    expect((await unary(large)).reply).toBe(large.toString());
  });

  test('is told by status when there is no endpoint, no route, or no connection', async () => {
    await route([]);
    expect((await unary('')).error).toMatchObject({ code: status.UNAVAILABLE, details: 'No ready endpoints for echo.default.' });
    await route([{ address: '127.0.0.1', port: 1 }]);
    expect((await unary('')).error).toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining('could not be reached') as string,
    });
    await proxy.apply({ ...snapshotOf([], {}), virtualHosts: [] });
    expect((await unary('')).error).toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test("gives up when the route's timeout is over, and the service is told", async () => {
    const cancelled = Promise.withResolvers<undefined>();
    const endpoint = await serve({ unary: (call) => call.on('cancelled', () => cancelled.resolve(undefined)) });
    await route([endpoint], { timeoutMs: 50 });
    expect((await unary('')).error).toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining('within 50 ms') as string,
    });
    await cancelled.promise;
  });

  test("ends upstream when the caller's deadline is over", async () => {
    const cancelled = Promise.withResolvers<undefined>();
    await route([await serve({ unary: (call) => call.on('cancelled', () => cancelled.resolve(undefined)) })]);
    // Long enough for the call to arrive on a busy machine: what has not arrived cannot be cancelled there.
    expect((await unary('', { deadline: Date.now() + 1500 })).error).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await cancelled.promise;
  });

  test('is tried again at another endpoint where the rule names its status', async () => {
    let failures = 0;
    const failing = await serve({
      unary: (_, done) => {
        failures++;
        done({ code: status.UNAVAILABLE, details: 'not now' });
      },
    });
    const working = await serve({ unary: (_, done) => done(null, Buffer.from('done')) });
    await route([failing, working], { retry: { attempts: 2, retryOn: ['unavailable'] } });
    for (let call = 0; call < 10; call++) expect((await unary('')).reply).toBe('done');
    expect(failures).toBeGreaterThan(0);
  });
});

test('each call of one connection is balanced for itself', async () => {
  const calls = [0, 0];
  const endpoints = await Promise.all(
    [0, 1].map((index) =>
      serve({
        unary: (_, done) => {
          calls[index] = (calls[index] ?? 0) + 1;
          done(null, Buffer.alloc(0));
        },
      }),
    ),
  );
  await route(endpoints);
  for (let call = 0; call < 20; call++) await unary('');
  expect(calls.reduce((sum, count) => sum + count)).toBe(20);
  expect(Math.min(...calls)).toBeGreaterThan(0);
});

describe('streams', () => {
  test('from the client are collected', async () => {
    await route([
      await serve({
        collect: (call, done) => {
          const parts: string[] = [];
          call.on('data', (part: Buffer) => parts.push(part.toString())).on('end', () => done(null, Buffer.from(parts.join())));
        },
      }),
    ]);
    const reply = await new Promise((resolve) => {
      const call = client.makeClientStreamRequest(...method('collect'), new Metadata(), (_, value) => resolve(value?.toString()));
      for (const part of ['a', 'b', 'c']) call.write(Buffer.from(part));
      call.end();
    });
    expect(reply).toBe('a,b,c');
  });

  test('from the server arrive as they are sent, and end with its status', async () => {
    const next = Promise.withResolvers<undefined>();
    await route([
      await serve({
        list: (call) => {
          call.write(Buffer.from('first'));
          void next.promise.then(() => {
            call.write(Buffer.from('second'));
            call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: 'enough' });
          });
        },
      }),
    ]);
    const call = client.makeServerStreamRequest(...method('list'), Buffer.alloc(0));
    const received: string[] = [];
    const failed = new Promise((resolve) => call.on('error', resolve));
    call.on('data', (part: Buffer) => {
      received.push(part.toString());
      // Only what has arrived lets the second one go.
      next.resolve(undefined);
    });
    expect(await failed).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: 'enough' });
    expect(received).toEqual(['first', 'second']);
  });

  test('in both directions take turns', async () => {
    await route([
      await serve({
        chat: (call) => {
          call.on('data', (part: Buffer) => call.write(Buffer.from(`re: ${part.toString()}`))).on('end', () => call.end());
        },
      }),
    ]);
    const call = client.makeBidiStreamRequest(...method('chat'));
    const received: string[] = [];
    await new Promise<void>((resolve, reject) => {
      call.on('error', reject).on('end', resolve);
      call.on('data', (part: Buffer) => {
        received.push(part.toString());
        if (received.length < 3) call.write(Buffer.from(String(received.length)));
        else call.end();
      });
      call.write(Buffer.from('0'));
    });
    expect(received).toEqual(['re: 0', 're: 1', 're: 2']);
  });

  test('cancelled by the caller are cancelled at the service', async () => {
    const cancelled = Promise.withResolvers<undefined>();
    await route([
      await serve({
        list: (call) => {
          call.on('cancelled', () => cancelled.resolve(undefined));
          call.write(Buffer.from('first'));
        },
      }),
    ]);
    const call = client.makeServerStreamRequest(...method('list'), Buffer.alloc(0));
    call.on('error', () => undefined);
    call.once('data', () => call.cancel());
    await cancelled.promise;
  });

  test('hold the sender back when the reader is slow', async () => {
    let sent = 0;
    await route([
      await serve({
        list: (call) => {
          const fill = () => {
            while (!call.cancelled && sent < 500) {
              sent++;
              if (!call.write(Buffer.alloc(64 * 1024))) {
                call.once('drain', fill);
                return;
              }
            }
            call.end();
          };
          fill();
        },
      }),
    ]);
    const call = client.makeServerStreamRequest(...method('list'), Buffer.alloc(0));
    call.on('error', () => undefined);
    let received = 0;
    await new Promise<void>((resolve) =>
      call.once('data', () => {
        received++;
        call.pause();
        resolve();
      }),
    );
    // What is on its way is bounded by windows and buffers: it stops growing far from the 32 MB there are.
    let before = -1;
    while (sent !== before) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(sent).toBeLessThan(200);
    await new Promise<void>((resolve) => {
      call.on('data', () => received++).on('end', resolve);
      call.resume();
    });
    expect(received).toBe(500);
  });
});
