/**
 * Spans as OTLP over gRPC, which is what Istio speaks to an OpenTelemetry receiver unless told otherwise. The libraries for it are loaded
 * with the first spans that go this way: nobody else pays for them.
 */
import type * as Grpc from '@grpc/grpc-js';
import type { Type } from 'protobufjs';
import { exportPath, otlpSchema } from './otlp-descriptor.ts';
import { exportRequest } from './span.ts';
import type { OtlpSpan, ServiceSpan } from './span.ts';
import { noReceiver, Refused, timeoutMs } from './transport.ts';
import type { FindReceiver, SpanTransport } from './transport.ts';

export interface GrpcTransportOptions {
  findReceiver: FindReceiver;
  /** Sent with every request. */
  metadata?: Readonly<Record<string, string>>;
}

interface Libraries {
  grpc: typeof Grpc;
  request: Type;
}

async function loadLibraries(): Promise<Libraries> {
  const [grpc, { default: protobuf }] = await Promise.all([import('@grpc/grpc-js'), import('protobufjs/light.js')]);
  return { grpc, request: protobuf.Root.fromJSON(otlpSchema).lookupType('ExportTraceServiceRequest') };
}

export class GrpcTransport implements SpanTransport {
  readonly #options: GrpcTransportOptions;
  #libraries: Promise<Libraries> | undefined;
  #client: { target: string; client: Grpc.Client } | undefined;

  constructor(options: GrpcTransportOptions) {
    this.#options = options;
  }

  async send(spans: readonly ServiceSpan[]): Promise<void> {
    const receiver = this.#options.findReceiver();
    if (receiver === undefined) throw noReceiver();
    const { grpc, request } = await (this.#libraries ??= loadLibraries());
    const client = this.#clientFor(`${receiver.host}:${receiver.port}`, grpc);
    const message = Buffer.from(request.encode(request.fromObject(exportRequest(spans.map(withBytes)))).finish());
    const deadline = Date.now() + timeoutMs;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    client.makeUnaryRequest(exportPath, unchanged, unchanged, message, this.#metadata(grpc), { deadline }, (error) => {
      if (error === null) resolve(undefined);
      else reject(failureOf(error));
    });
    await promise;
  }

  close(): void {
    this.#client?.client.close();
    this.#client = undefined;
  }

  #clientFor(target: string, { Client, credentials }: typeof Grpc): Grpc.Client {
    if (this.#client?.target === target) return this.#client.client;
    this.close();
    const client = new Client(target, credentials.createInsecure());
    this.#client = { target, client };
    return client;
  }

  #metadata({ Metadata }: typeof Grpc): Grpc.Metadata {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(this.#options.metadata ?? {})) metadata.set(name, value);
    return metadata;
  }
}

const unchanged = (bytes: Buffer): Buffer => bytes;

/** Ids are text in OTLP's JSON alone. */
function withBytes({ service, span }: ServiceSpan) {
  const { traceId, spanId, parentSpanId, ...others }: OtlpSpan = span;
  const parent = parentSpanId === undefined ? {} : { parentSpanId: Buffer.from(parentSpanId, 'hex') };
  return { service, span: { ...others, ...parent, traceId: Buffer.from(traceId, 'hex'), spanId: Buffer.from(spanId, 'hex') } };
}

/** CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE and DATA_LOSS: OTLP/gRPC lets a sender try again. */
const passing = new Set([1, 4, 8, 10, 11, 14, 15]);

function failureOf({ code, details }: Grpc.ServiceError): Error {
  const message = `answered with status ${code}${details === '' ? '' : ` (${details})`}`;
  return passing.has(code) ? new Error(message) : new Refused(message);
}
