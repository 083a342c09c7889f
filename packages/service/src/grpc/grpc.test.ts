import { once } from 'node:events';
import type { MethodDefinition } from '@grpc/proto-loader';
import { trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { createService, GrpcError, type GrpcClientOptions, type GrpcContract, type GrpcHandlers } from '../index.ts';
import { freePort, testSettings } from '../testing/index.ts';
import { inSpan, SpanKind } from '../telemetry/trace.ts';

type Request = { name?: string };
type Response = { text?: string; traceparent?: string };
interface GreeterDefinition {
  Greet: MethodDefinition<Request, Response, Required<Request>, Required<Response>>;
}

const greeter: GrpcContract<GreeterDefinition> = {
  proto: new URL('./greeter.fixture.proto', import.meta.url),
  service: 'test.v1.Greeter',
};
const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

async function serve(greet: GrpcHandlers<GreeterDefinition>['Greet'], port = 0) {
  const service = await createService({
    name: 'greeter',
    version: '1',
    config: {},
    env: { ...testSettings, GRPC_PORT: String(port) },
  });
  running.push(service);
  service.grpc(greeter, { Greet: greet });
  await service.start();
  return service;
}

async function clientOf(port: number, options: Omit<GrpcClientOptions, 'address'> = {}) {
  const service = await createService({ name: 'caller', version: '1', config: {}, env: testSettings });
  running.push(service);
  return service.grpcClient('greeter', greeter, { address: `127.0.0.1:${port}`, ...options });
}

const rejection = (answer: Promise<unknown>): Promise<GrpcError> =>
  answer.then(
    () => {
      throw new Error('it was answered');
    },
    (error: unknown) => {
      if (error instanceof GrpcError) return error;
      throw error;
    },
  );

describe('a gRPC call', () => {
  it('is answered by its handler', async () => {
    const { grpcPort } = await serve(({ name }) => Promise.resolve({ text: `こんにちは ${name}` }));
    const client = await clientOf(grpcPort);
    expect(await client.call('Greet', { name: '花子' })).toEqual({ text: 'こんにちは 花子', traceparent: '' });
  });

  it('continues the trace of its caller', async () => {
    const ids = (): string => trace.getActiveSpan()?.spanContext().traceId ?? '';
    const { grpcPort } = await serve(() => Promise.resolve({ traceparent: ids() }));
    const client = await clientOf(grpcPort);
    await inSpan('test', SpanKind.INTERNAL, {}, async () => {
      expect(ids()).not.toBe('');
      expect((await client.call('Greet', {})).traceparent).toBe(ids());
    });
  });

  it('that is refused carries status, reason and metadata', async () => {
    const { grpcPort } = await serve(() => {
      throw new GrpcError('FAILED_PRECONDITION', 'nobody is at home', { reason: 'away', metadata: { until: '18:00' } });
    });
    const client = await clientOf(grpcPort);
    expect(await rejection(client.call('Greet', {}))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: 'greeter: nobody is at home',
      reason: 'away',
      metadata: { until: '18:00' },
    });
  });

  it('that fails inside says nothing of why', async () => {
    const { grpcPort } = await serve(() => Promise.reject(new Error('the password is hunter2')));
    const client = await clientOf(grpcPort);
    const error = await rejection(client.call('Greet', {}));
    expect(error).toMatchObject({ status: 'INTERNAL', reason: undefined });
    expect(error.message).not.toContain('hunter2');
  });

  it('ends at its deadline, on both sides', async () => {
    const ended = Promise.withResolvers<string>();
    const { grpcPort } = await serve(async (_request, { signal }) => {
      await once(signal, 'abort');
      ended.resolve('aborted');
      return {};
    });
    const client = await clientOf(grpcPort);
    expect(await rejection(client.call('Greet', {}, { timeoutMs: 50 }))).toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    expect(await ended.promise).toBe('aborted');
  });

  it('ends when its caller gives it up', async () => {
    const begun = Promise.withResolvers<undefined>();
    const ended = Promise.withResolvers<string>();
    const { grpcPort } = await serve(async (_request, { signal }) => {
      begun.resolve(undefined);
      await once(signal, 'abort');
      ended.resolve('aborted');
      return {};
    });
    const client = await clientOf(grpcPort);
    const giveUp = new AbortController();
    const answer = rejection(client.call('Greet', {}, { signal: giveUp.signal }));
    await begun.promise;
    giveUp.abort();
    expect(await answer).toMatchObject({ status: 'CANCELLED' });
    expect(await ended.promise).toBe('aborted');
  });

  it('says so when nobody is there, and is answered again once somebody is', async () => {
    const port = await freePort();
    const client = await clientOf(port);
    expect(await rejection(client.call('Greet', {}))).toMatchObject({ status: 'UNAVAILABLE' });
    await serve(() => Promise.resolve({ text: 'back' }), port);
    await expect.poll(() => client.call('Greet', {}).catch(() => undefined), { timeout: 10_000 }).toMatchObject({ text: 'back' });
  });

  it('is repeated when it could not be taken, as often as the client allows', async () => {
    let calls = 0;
    const { grpcPort } = await serve(() => {
      calls += 1;
      return calls < 3 ? Promise.reject(new GrpcError('UNAVAILABLE', 'busy')) : Promise.resolve({ text: 'at last' });
    });
    const client = await clientOf(grpcPort, { attempts: 3 });
    expect(await client.call('Greet', {})).toMatchObject({ text: 'at last' });
    expect(calls).toBe(3);
  });

  it('under way is finished before the service ends', async () => {
    const begun = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const service = await serve(async () => {
      begun.resolve(undefined);
      await release.promise;
      return { text: 'done' };
    });
    const client = await clientOf(service.grpcPort);
    const answer = client.call('Greet', {});
    await begun.promise;
    const closing = service.close();
    release.resolve(undefined);
    expect(await answer).toMatchObject({ text: 'done' });
    await closing;
  });
});

describe('the gRPC port', () => {
  it('is not opened by a service that answers no gRPC', async () => {
    const service = await createService({ name: 'plain', version: '1', config: {}, env: testSettings });
    running.push(service);
    await service.start();
    expect(service.grpcPort).toBe(0);
  });

  it('is counted: calls, how they ended, and how long they took', async () => {
    const service = await serve(() => Promise.resolve({}));
    await (await clientOf(service.grpcPort)).call('Greet', {});
    const { body } = await service.http.inject('/metrics');
    expect(body).toMatch(
      /rpc_server_call_duration_seconds_count\{[^}]*rpc_method="test\.v1\.Greeter\/Greet"[^}]*rpc_response_status_code="OK"[^}]*\} 1/,
    );
  });
});
