/**
 * The client on @grpc/grpc-js: promises, a deadline on every call, the active trace sent along. Connects with the first call, and again
 * soon after the other side went away.
 */
import type { Client, ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import type { ServiceDefinition } from '@grpc/proto-loader';
import { inSpan, SpanKind, traceHeaders } from '../telemetry/trace.ts';
import { GrpcError, type GrpcCallOptions, type GrpcClient, type GrpcClientOptions, type GrpcContract } from './grpc.ts';

export interface OwnedGrpcClient<Definition> {
  readonly client: GrpcClient<Definition>;
  close(): void;
}

type Connected = {
  readonly client: Client;
  readonly definition: ServiceDefinition;
  readonly metadata: () => Metadata;
  readonly fail: (error: ServiceError) => GrpcError;
};

const defaultTimeoutMs = 5000;
/** grpc-js would wait a second, and up to two minutes: longer than a service takes to be back. */
const reconnect = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 2000 };

/** @param name of the other service, for errors and traces. */
export function createGrpcClient<Definition>(
  name: string,
  contract: GrpcContract<Definition>,
  options: GrpcClientOptions,
): OwnedGrpcClient<Definition> {
  let connecting: Promise<Connected> | undefined;
  let connected: Connected | undefined;
  let closed = false;
  const connection = async (): Promise<Connected> => {
    if (closed) throw new GrpcError('CANCELLED', `${name}: the client was closed`);
    return (connected ??= await (connecting ??= connect(name, contract, options)));
  };
  return {
    client: {
      // What comes back is what the contract's file says, as the generated types do.
      call: (method, request, callOptions) =>
        inSpan(`${contract.service}/${method}`, SpanKind.CLIENT, attributesOf(name, contract.service, method), async () =>
          unary(await connection(), method, request, { timeoutMs: options.timeoutMs ?? defaultTimeoutMs, ...callOptions }),
        ) as Promise<never>,
    },
    close: () => {
      closed = true;
      connected?.client.close();
    },
  };
}

const attributesOf = (name: string, service: string, method: string) => ({
  'rpc.system.name': 'grpc',
  'rpc.method': `${service}/${method}`,
  'server.address': name,
});

async function connect(
  name: string,
  contract: GrpcContract<unknown>,
  { address, attempts }: GrpcClientOptions,
): Promise<Connected> {
  const grpc = await import('@grpc/grpc-js');
  const { loadService } = await import('./load.ts');
  const { toGrpcError } = await import('./error-info.ts');
  const definition = await loadService(contract.proto, contract.service);
  const retries = attempts === undefined || attempts < 2 ? {} : { 'grpc.service_config': retrying(contract.service, attempts) };
  return {
    client: new grpc.Client(address, grpc.credentials.createInsecure(), { ...reconnect, ...retries }),
    definition,
    metadata: () => grpc.Metadata.fromHttp2Headers(traceHeaders()),
    fail: (error) => toGrpcError(name, error),
  };
}

/** https://github.com/grpc/proposal/blob/master/A6-client-retries.md; five attempts are its limit. */
const retrying = (service: string, attempts: number): string =>
  JSON.stringify({
    methodConfig: [
      {
        name: [{ service }],
        retryPolicy: {
          maxAttempts: Math.min(attempts, 5),
          initialBackoff: '0.05s',
          maxBackoff: '0.5s',
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
  });

function unary(
  { client, definition, metadata, fail }: Connected,
  method: string,
  request: unknown,
  { timeoutMs, signal }: GrpcCallOptions & { readonly timeoutMs: number },
): Promise<unknown> {
  const described = definition[method];
  if (described === undefined) return Promise.reject(new GrpcError('UNIMPLEMENTED', `the contract has no method ${method}`));
  const { path, requestSerialize, responseDeserialize } = described;
  return new Promise((resolve, reject) => {
    const call: ClientUnaryCall = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      // Every message is one; the generated types say which.
      request as object,
      metadata(),
      { deadline: Date.now() + timeoutMs },
      (error, response) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(fail(error));
        else resolve(response);
      },
    );
    const cancel = () => call.cancel();
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
  });
}
