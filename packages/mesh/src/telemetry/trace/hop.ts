/**
 * What this hop does with the trace of a request. It becomes a span of its own, the parent of all that follows, where spans are
 * sent somewhere and the trace is sampled; otherwise what came goes on as it is, because a parent that nobody ever sees would cut
 * the trace in two.
 */
import type { TracingPolicy } from '../../snapshot/telemetry-settings.ts';
import { formatTraceContext, newSpanId, newTraceContext, readSampling, readTraceContext } from './trace-context.ts';
import type { TraceContext } from './trace-context.ts';

export interface Hop {
  traceId: string;
  /** The span of this hop, when it is one; else that of the caller, or one that begins the trace. */
  spanId: string;
  /** Absent in the first span of a trace. */
  parentId?: string;
  /** Whether this hop is a span to be sent. */
  isSpan: boolean;
  /** What the next hop is told instead of the trace fields that came. */
  fields: readonly string[];
}

/** `random` is uniform in [0, 1). */
export function traceHop(
  fields: readonly string[],
  { samplingPercent, isReported, formats = w3c }: TracingPolicy,
  hasExporter: boolean,
  random: () => number,
): Hop {
  const caller = readTraceContext(fields);
  const isAsked = caller === undefined ? readSampling(fields) : caller.isSampled;
  const isSampled = isAsked ?? random() * 100 < samplingPercent;
  const isSpan = isSampled && isReported && hasExporter;
  const context =
    caller === undefined
      ? newTraceContext(isSampled, formats)
      : { ...caller, isSampled, spanId: isSpan ? newSpanId() : caller.spanId, formats: withAll(caller.formats, formats) };
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(caller !== undefined && { parentId: caller.spanId }),
    isSpan,
    fields: formatTraceContext(context),
  };
}

const w3c = ['w3c'] as const;

/** Services that read only what is configured belong to the same trace, whatever their callers wrote. */
function withAll(formats: TraceContext['formats'], wanted: TraceContext['formats']): TraceContext['formats'] {
  return wanted.every((format) => formats.includes(format)) ? formats : [...new Set([...wanted, ...formats])];
}

/** Where nothing is said about tracing. */
export const untold: TracingPolicy = { samplingPercent: 100, isReported: true, tags: {} };
