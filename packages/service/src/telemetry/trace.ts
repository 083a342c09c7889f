/**
 * Traces: OpenTelemetry spans with W3C propagation over HTTP, events and sagas. The ids are always there; where
 * spans are exported to is not decided here.
 */
import {
  SpanKind,
  SpanStatusCode,
  context,
  propagation,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { idTracerProvider } from './id-tracer.ts';

/** Installs the process-wide tracer. A provider that is there already, from an earlier call or the program's own, stays. */
export function installTracing(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(idTracerProvider);
}

const tracer = (): Tracer => trace.getTracer('@hikyaku/service');

/** Starts a span without making it the active one. */
export function startSpan(name: string, kind: SpanKind, attributes: Attributes, parent: Context = context.active()): Span {
  return tracer().startSpan(name, { kind, attributes }, parent);
}

/** Runs `work` inside a span; an error that `work` throws is recorded and passed on. */
export async function inSpan<T>(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
  parent?: Context,
): Promise<T> {
  const span = startSpan(name, kind, attributes, parent);
  try {
    return await context.with(trace.setSpan(parent ?? context.active(), span), () => work(span));
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** Headers that carry the active trace onwards. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** The active trace as a `traceparent`, `undefined` outside of any. */
export const activeTraceparent = (): string | undefined => traceHeaders().traceparent;

/** The context a caller sent along; the active one when it sent none. */
export const contextFrom = (carrier: Readonly<Record<string, unknown>>): Context =>
  propagation.extract(context.active(), carrier);

export { SpanKind };
