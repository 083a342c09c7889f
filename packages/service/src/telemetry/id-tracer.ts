/**
 * A tracer that gives spans their ids and keeps nothing else: logs and headers carry the ids, and where nobody exports spans, names, times and
 * attributes would be collected to be thrown away. Whoever wants spans installs an OpenTelemetry provider before the service starts.
 */
import {
  context,
  isSpanContextValid,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { randomHex } from './random-hex.ts';

export const idTracerProvider: TracerProvider = { getTracer: () => idTracer };

const idTracer: Tracer = {
  startSpan,
  startActiveSpan: <Work extends (span: Span) => unknown>(
    name: string,
    ...rest: [Work] | [SpanOptions, Work] | [SpanOptions, Context, Work]
  ): ReturnType<Work> => {
    const [options, parent, work] =
      rest.length === 1 ? [undefined, undefined, rest[0]] : rest.length === 2 ? [rest[0], undefined, rest[1]] : rest;
    const above = parent ?? context.active();
    const span = startSpan(name, options, above);
    return context.with(trace.setSpan(above, span), () => work(span)) as ReturnType<Work>;
  },
};

/** What the caller has decided about sampling is passed on; without a caller, the trace is sampled. */
function startSpan(_name: string, { root = false }: SpanOptions = {}, parent: Context = context.active()): Span {
  const above = root ? undefined : trace.getSpanContext(parent);
  const isContinued = above !== undefined && isSpanContextValid(above);
  return trace.wrapSpanContext({
    traceId: isContinued ? above.traceId : randomHex(16),
    spanId: randomHex(8),
    traceFlags: isContinued ? above.traceFlags : TraceFlags.SAMPLED,
    ...(isContinued && above.traceState && { traceState: above.traceState }),
  });
}
