import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traceHop, untold } from './hop.ts';
import { formatTraceContext, newTraceContext, readSampling, readTraceContext } from './trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('a trace is read', () => {
  test.each([
    ['W3C', ['traceparent', `00-${traceId}-${spanId}-01`], { traceId, spanId, isSampled: true, formats: ['w3c'] }],
    ['W3C of a later version', ['Traceparent', `01-${traceId}-${spanId}-00-more`], { isSampled: false }],
    ['B3 in one field', ['b3', `${traceId}-${spanId}-1-05e3ac9a4f6e3b90`], { traceId, spanId, isSampled: true, formats: ['b3'] }],
    ['B3 with a debug flag', ['b3', `${traceId}-${spanId}-d`], { isSampled: true }],
    ['B3 that leaves sampling open', ['b3', `${traceId}-${spanId}`], { isSampled: undefined }],
    [
      'B3 in several fields',
      ['X-B3-TraceId', traceId, 'X-B3-SpanId', spanId, 'X-B3-Sampled', '0'],
      { traceId, spanId, isSampled: false, formats: ['b3-multi'] },
    ],
    ['B3 with a short id', ['b3', `${spanId}-${spanId}-1`], { traceId: `0000000000000000${spanId}` }],
    [
      'W3C before B3',
      ['b3', `${spanId}-${spanId}-0`, 'traceparent', `00-${traceId}-${spanId}-01`],
      { traceId, isSampled: true, formats: ['w3c', 'b3'] },
    ],
  ])('from %s', (_, fields, context) => {
    expect(readTraceContext(fields)).toMatchObject(context);
  });

  test.each([
    ['nothing', []],
    ['a trace id of zeros', ['traceparent', `00-${'0'.repeat(32)}-${spanId}-01`]],
    ['a span id of zeros', ['traceparent', `00-${traceId}-${'0'.repeat(16)}-01`]],
    ['upper case', ['traceparent', `00-${traceId.toUpperCase()}-${spanId}-01`]],
    ['the version that must not be', ['traceparent', `ff-${traceId}-${spanId}-01`]],
    ['version 00 with more behind it', ['traceparent', `00-${traceId}-${spanId}-01-x`]],
    ['a lone B3 decision', ['b3', '0']],
    ['a field of the same length', ['x-b3-traceix', traceId]],
  ])('not from %s', (_, fields) => {
    expect(readTraceContext(fields)).toBeUndefined();
  });
});

test.each([
  ['a lone B3 decision', ['b3', '0'], false],
  ['a lone B3 debug flag', ['b3', 'd'], true],
  ['X-B3-Sampled alone', ['X-B3-Sampled', '1'], true],
  ['a span', ['b3', `${traceId}-${spanId}`], undefined],
  ['nothing', [], undefined],
])('whether to sample, from %s', (_, fields, decision) => {
  expect(readSampling(fields)).toBe(decision);
});

test('what is written is read again, in any formats', () => {
  const formats = fc.uniqueArray(fc.constantFrom('w3c' as const, 'b3' as const, 'b3-multi' as const), { minLength: 1 });
  fc.assert(
    fc.property(formats, fc.boolean(), (chosen, isSampled) => {
      const context = { ...newTraceContext(isSampled), formats: chosen };
      const read = readTraceContext(formatTraceContext(context));
      expect({ ...read, formats: new Set(read?.formats) }).toEqual({ ...context, formats: new Set(chosen) });
    }),
  );
});

test('whatever stands in the fields, reading them ends well', () => {
  const name = fc.constantFrom('traceparent', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags');
  const value = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f-]{0,60}$/), fc.constant(`00-${traceId}-${spanId}-01`));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (fields) => {
      const context = readTraceContext(fields.flat());
      if (context === undefined) return;
      expect(context.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
      expect(context.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    }),
  );
});

describe('a hop', () => {
  const caller = ['traceparent', `00-${traceId}-${spanId}-01`];

  test('whose span is sent is the parent of what follows, in every format that came', () => {
    const hop = traceHop([...caller, 'b3', `${traceId}-${spanId}-1`], untold, true, Math.random);
    expect(hop).toMatchObject({ traceId, parentId: spanId, isSpan: true });
    expect(hop.spanId).not.toBe(spanId);
    expect(hop.fields).toEqual(['traceparent', `00-${traceId}-${hop.spanId}-01`, 'b3', `${traceId}-${hop.spanId}-1`]);
  });

  test.each([
    ['is sent nowhere', caller, untold, false],
    ['is not sampled by its caller', ['traceparent', `00-${traceId}-${spanId}-00`], untold, true],
    ['is not to be reported', caller, { ...untold, isReported: false }, true],
  ])('whose span %s leaves the trace as it was', (_, fields, policy, hasExporter) => {
    const hop = traceHop(fields, policy, hasExporter, Math.random);
    expect(hop).toMatchObject({ spanId, isSpan: false, fields });
  });

  test('that begins a trace samples the share it is told to, and says so', () => {
    const policy = { ...untold, samplingPercent: 30 };
    for (const [random, sampled] of [
      [0.29, '1'],
      [0.31, '0'],
    ] as const) {
      const hop = traceHop([], policy, true, () => random);
      expect(hop.isSpan).toBe(sampled === '1');
      expect(hop.parentId).toBeUndefined();
      expect(hop.fields[1]).toMatch(new RegExp(`^00-${hop.traceId}-${hop.spanId}-0${sampled}$`));
    }
  });

  test('that begins a trace where B3 is configured tells it so, and in that alone', () => {
    const { fields, spanId: id, traceId: trace } = traceHop([], { ...untold, formats: ['b3-multi'] }, true, Math.random);
    expect(fields).toEqual(['X-B3-TraceId', trace, 'X-B3-SpanId', id, 'X-B3-Sampled', '1']);
  });

  test('that is asked not to begin a sampled trace does not', () => {
    const hop = traceHop(['b3', '0'], { ...untold, formats: ['b3-multi'] }, true, () => 0);
    expect(hop.isSpan).toBe(false);
    expect(hop.fields.slice(4)).toEqual(['X-B3-Sampled', '0']);
  });

  test('adds what is configured to what its caller used', () => {
    const policy = { ...untold, formats: ['w3c', 'b3-multi'] as const };
    const { fields } = traceHop(['b3', `${traceId}-${spanId}-1`], policy, false, Math.random);
    const names = fields.filter((_, index) => index % 2 === 0);
    expect(names).toEqual(['traceparent', 'X-B3-TraceId', 'X-B3-SpanId', 'X-B3-Sampled', 'b3']);
  });

  test('tells services that read W3C of a trace that came as B3', () => {
    expect(traceHop(['b3', `${traceId}-${spanId}-1`], untold, false, Math.random).fields).toContain(`00-${traceId}-${spanId}-01`);
  });
});
