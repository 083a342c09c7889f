/**
 * JSON logs, one object a line on stdout, each with the ids of the trace it belongs to. Not a log shipper: whatever
 * runs the process collects its stdout.
 */
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino, stdTimeFunctions, type Logger, type LoggerOptions } from 'pino';
import { logStream } from './log-stream.ts';

export function createLogger({ service, level }: { service: string; level: string }): Logger {
  const options: LoggerOptions = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: traceIds,
    // What must never be in a log, should somebody hand over whole requests.
    redact: ['req.headers.authorization', 'req.headers.cookie', 'headers.authorization', 'headers.cookie'],
  };
  return pino(options, logStream());
}

function traceIds(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
