/**
 * The trace a request belongs to, in the header fields that say so: W3C Trace Context (traceparent) and B3, in one field or in
 * several. Pure but for the random ids.
 */
import { nameTest } from '../../http/fields.ts';
import { batches, randomHex } from './random-ids.ts';
import type { TraceFormat } from '../../snapshot/telemetry-settings.ts';

export interface TraceContext {
  /** 32 hexadecimal digits; a B3 id of 16 is filled up with zeros. */
  traceId: string;
  /** The span that is the parent of what comes next: 16 hexadecimal digits. */
  spanId: string;
  /** Undefined where B3 leaves it to whoever comes next. */
  isSampled: boolean | undefined;
  /** The formats it was told in. */
  formats: readonly TraceFormat[];
}

/** All fields that carry a trace; `tracestate` is not among them: it goes on as it is. */
export const isTraceField = nameTest([
  'traceparent', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags',
]); // prettier-ignore

/** Undefined when there is none, or none that can be read: W3C first where several formats disagree. */
export function readTraceContext(fields: readonly string[]): TraceContext | undefined {
  const found = traceFields(fields);
  if (found === undefined) return undefined;
  const contexts = [readW3c(found.get('traceparent')), readB3(found.get('b3')), readB3Multi(found)].filter(
    (context) => context !== undefined,
  );
  const [first] = contexts;
  return first && { ...first, formats: contexts.flatMap(({ formats }) => formats) };
}

/** Whether a request that belongs to no trace says in B3 if one is to be sampled: `b3: 0`, or X-B3-Sampled alone. */
export function readSampling(fields: readonly string[]): boolean | undefined {
  const found = traceFields(fields);
  const single = found?.get('b3')?.toLowerCase();
  if (single === '0') return false;
  if (single === '1' || single === 'd') return true;
  return found && sampledB3(found);
}

function traceFields(fields: readonly string[]): ReadonlyMap<string, string> | undefined {
  let found: Map<string, string> | undefined;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (!isTraceField(name)) continue;
    found ??= new Map();
    found.set(name.toLowerCase(), fields[index + 1] ?? '');
  }
  return found;
}

const hexDigits16 = /^(?!0{16})[0-9a-f]{16}$/;
const hexDigits32 = /^(?!0{32})[0-9a-f]{32}$/;
const w3c = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** W3C Trace Context §3.2: later versions may say more behind the flags, version 00 must not. */
function readW3c(value: string | undefined): TraceContext | undefined {
  const [, version = '', traceId = '', spanId = '', flags = '', more] = w3c.exec(value ?? '') ?? [];
  if (!hexDigits32.test(traceId) || !hexDigits16.test(spanId) || (version === '00' && more !== undefined)) return undefined;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1, formats: ['w3c'] };
}

/** `{trace}-{span}-{sampled}-{parent}`, the last two may be missing. A lone decision is no trace. */
function readB3(value: string | undefined): TraceContext | undefined {
  const [trace = '', span = '', sampled] = value?.toLowerCase().split('-') ?? [];
  return b3Context(trace, span, sampled === undefined ? undefined : sampled === '1' || sampled === 'd', 'b3');
}

function readB3Multi(fields: ReadonlyMap<string, string>): TraceContext | undefined {
  const lower = (name: string) => fields.get(name)?.toLowerCase() ?? '';
  return b3Context(lower('x-b3-traceid'), lower('x-b3-spanid'), sampledB3(fields), 'b3-multi');
}

function sampledB3(fields: ReadonlyMap<string, string>): boolean | undefined {
  if (fields.get('x-b3-flags') === '1') return true;
  const sampled = fields.get('x-b3-sampled')?.toLowerCase();
  return sampled === undefined ? undefined : sampled === '1' || sampled === 'true';
}

function b3Context(trace: string, spanId: string, isSampled: boolean | undefined, format: TraceFormat): TraceContext | undefined {
  const traceId = trace.length === 16 ? trace.padStart(32, '0') : trace;
  if (!hexDigits32.test(traceId) || !hexDigits16.test(spanId)) return undefined;
  return { traceId, spanId, isSampled, formats: [format] };
}

/** The fields that tell the next hop, in these formats. */
export function formatTraceContext({ traceId, spanId, isSampled, formats }: TraceContext): string[] {
  const sampled = isSampled === true ? '1' : '0';
  return formats.flatMap((format) => {
    if (format === 'w3c') return ['traceparent', traceparent(traceId, spanId, isSampled)];
    if (format === 'b3') return ['b3', `${traceId}-${spanId}-${sampled}`];
    return ['X-B3-TraceId', traceId, 'X-B3-SpanId', spanId, 'X-B3-Sampled', sampled];
  });
}

function traceparent(traceId: string, spanId: string, isSampled: boolean | undefined): string {
  return `00-${traceId}-${spanId}-0${isSampled === true ? '1' : '0'}`;
}

/** A trace that begins here. */
export function newTraceContext(isSampled: boolean, formats: readonly TraceFormat[] = ['w3c']): TraceContext {
  return { traceId: randomHex(32), spanId: randomHex(16), isSampled, formats };
}

/** A new trace, sampled, for those who ask nothing else. */
export function newTraceparent(): string {
  return nextTraceparent();
}

// Joined, so that what waits in a batch is one text and not a tree of pieces.
const nextTraceparent = batches(() => ['00', randomHex(32), randomHex(16), '01'].join('-'));

/** For a service that reads W3C alone, of a request that told its trace in other formats. */
export function translatedTraceparent(fields: readonly string[]): string {
  const context = readTraceContext(fields);
  return context === undefined ? newTraceparent() : traceparent(context.traceId, context.spanId, context.isSampled ?? true);
}

export function newSpanId(): string {
  return randomHex(16);
}
