/**
 * Spans as Zipkin takes them: version 2 of its JSON (zipkin2-api), `POST /api/v2/spans`.
 */
import { spanKinds, statusError } from './span.ts';
import type { OtlpAttribute, OtlpSpan, ServiceSpan } from './span.ts';

interface ZipkinSpan {
  traceId: string;
  id: string;
  parentId?: string;
  kind: 'SERVER' | 'CLIENT';
  name: string;
  /** Microseconds since the epoch. */
  timestamp: number;
  /** Microseconds; 0 would be no duration at all. */
  duration: number;
  localEndpoint: { serviceName: string };
  tags: Record<string, string>;
}

export function zipkinSpans(spans: readonly ServiceSpan[]): ZipkinSpan[] {
  return spans.map(({ service, span }) => ({
    traceId: span.traceId,
    id: span.spanId,
    ...(span.parentSpanId !== undefined && { parentId: span.parentSpanId }),
    kind: span.kind === spanKinds.server ? 'SERVER' : 'CLIENT',
    name: span.name,
    timestamp: microseconds(span.startTimeUnixNano),
    duration: Math.max(1, microseconds(span.endTimeUnixNano) - microseconds(span.startTimeUnixNano)),
    localEndpoint: { serviceName: service },
    tags: tagsOf(span),
  }));
}

/** Zipkin knows an error by the tag that is called so. */
function tagsOf({ attributes, status }: OtlpSpan): Record<string, string> {
  const tags = attributes.map(({ key, value }) => [key, textOf(value)] as const);
  return Object.fromEntries(status.code === statusError ? [...tags, ['error', 'true']] : tags);
}

function textOf(value: OtlpAttribute['value']): string {
  return 'stringValue' in value ? value.stringValue : value.intValue;
}

function microseconds(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1000n);
}
