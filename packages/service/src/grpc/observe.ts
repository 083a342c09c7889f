/**
 * What every answered call goes through: readiness, a server span that continues the caller's trace, and at the end a duration, a log
 * line and the status to send.
 */
import type { ServerUnaryCall, StatusObject } from '@grpc/grpc-js';
import type { Meter } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Readiness } from '../http/readiness.ts';
import { contextFrom, inSpan, SpanKind } from '../telemetry/trace.ts';
import { toStatusObject } from './error-info.ts';
import { GrpcError } from './grpc.ts';

export type ObserverOptions = {
  readonly service: string;
  readonly log: Logger;
  readonly meter: Meter;
  readonly readiness: Readiness;
};

export type Handler = (request: unknown, context: { readonly signal: AbortSignal }) => Promise<unknown>;

/** What goes back to the caller: one of the two. */
type Answer = { readonly error: Partial<StatusObject> | null; readonly response?: unknown };
export type Observe = (call: ServerUnaryCall<unknown, unknown>, method: string, handler: Handler) => Promise<Answer>;

const durationBucketsSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createObserver({ service, log, meter, readiness }: ObserverOptions): Observe {
  const duration = meter.createHistogram('rpc.server.call.duration.seconds', {
    description: 'Duration of gRPC calls that were answered',
    unit: 's',
    advice: { explicitBucketBoundaries: durationBucketsSeconds },
  });
  return (call, method, handler) => {
    const startedAt = performance.now();
    const finished = (status: string) => {
      const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
      duration.record(durationMs / 1000, { 'rpc.system.name': 'grpc', 'rpc.method': method, 'rpc.response.status_code': status });
      log.info({ method, status, durationMs }, 'call');
    };
    const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method };
    return inSpan(
      method,
      SpanKind.SERVER,
      attributes,
      async () => {
        try {
          if (readiness.phase === 'starting') throw new GrpcError('UNAVAILABLE', (await readiness.reason()) ?? 'starting');
          const response = await handler(call.request, { signal: signalOf(call) });
          finished('OK');
          return { error: null, response };
        } catch (error) {
          const refusal = error instanceof GrpcError ? error : new GrpcError('INTERNAL', 'internal error', { cause: error });
          if (refusal.status === 'INTERNAL') log.error({ err: error, method }, 'call failed');
          finished(refusal.status);
          return { error: toStatusObject(refusal, service) };
        }
      },
      contextFrom(call.metadata.getMap()),
    );
  };
}

function signalOf(call: ServerUnaryCall<unknown, unknown>): AbortSignal {
  const controller = new AbortController();
  call.on('cancelled', () => controller.abort(new GrpcError('CANCELLED', 'the caller has gone')));
  return controller.signal;
}
