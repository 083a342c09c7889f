import { ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { idTracerProvider } from './id-tracer.ts';
import { installTracing } from './trace.ts';

const tracer = idTracerProvider.getTracer('test');

it('begins a sampled trace where there is none', () => {
  const [one, other] = [tracer.startSpan('one').spanContext(), tracer.startSpan('other').spanContext()];
  expect(one).toMatchObject({ traceId: expect.stringMatching(/^[\da-f]{32}$/) as string, traceFlags: TraceFlags.SAMPLED });
  expect(one.spanId).toMatch(/^[\da-f]{16}$/);
  expect([other.traceId === one.traceId, other.spanId === one.spanId]).toEqual([false, false]);
});

it('continues a trace as it was decided above, unless a root is asked for', () => {
  const above = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.NONE };
  const parent = trace.setSpanContext(ROOT_CONTEXT, above);
  const below = tracer.startSpan('below', {}, parent).spanContext();
  expect(below).toMatchObject({ traceId: above.traceId, traceFlags: TraceFlags.NONE });
  expect(below.spanId).not.toBe(above.spanId);
  expect(tracer.startSpan('root', { root: true }, parent).spanContext().traceId).not.toBe(above.traceId);
  const broken = trace.setSpanContext(ROOT_CONTEXT, { ...above, traceId: '0'.repeat(32) });
  expect(tracer.startSpan('below', {}, broken).spanContext().traceId).not.toBe('0'.repeat(32));
});

it('makes a span the active one while its work goes on, in every form of the call', () => {
  installTracing();
  const active = () => trace.getActiveSpan()?.spanContext().spanId;
  const isActive = (span: { spanContext(): { spanId: string } }) => span.spanContext().spanId === active();
  expect(tracer.startActiveSpan('a', isActive)).toBe(true);
  expect(tracer.startActiveSpan('a', {}, isActive)).toBe(true);
  expect(tracer.startActiveSpan('a', {}, ROOT_CONTEXT, isActive)).toBe(true);
  expect(active()).toBeUndefined();
});
