import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyDecoder } from './decode-body.ts';
import type { Framing } from './framing.ts';

/** Feeds pieces until the body is done; `rest` is what was not the body's. */
function decodeAll(framing: Framing, pieces: Buffer[]) {
  const decoder = bodyDecoder(framing);
  const data: Buffer[] = [];
  let rest = Buffer.alloc(0);
  for (const piece of pieces) {
    const used = decoder.isDone ? 0 : decoder.decode(piece, (part) => data.push(part));
    rest = Buffer.concat([rest, piece.subarray(used)]);
  }
  return {
    body: Buffer.concat(data).toString('latin1'),
    rest: rest.toString('latin1'),
    isDone: decoder.isDone,
    trailers: decoder.trailers,
    end: () => decoder.end(),
  };
}

function chunked(text: string) {
  return decodeAll({ kind: 'chunked' }, [Buffer.from(text, 'latin1')]);
}

describe('by length', () => {
  test('takes exactly as much as announced', () => {
    expect(decodeAll({ kind: 'length', lengthBytes: 4 }, [Buffer.from('ab'), Buffer.from('cdef')])).toMatchObject({
      body: 'abcd',
      rest: 'ef',
      isDone: true,
    });
  });

  test('a connection that ends before that is an error', () => {
    const { isDone, end } = decodeAll({ kind: 'length', lengthBytes: 4 }, [Buffer.from('abc')]);
    expect(isDone).toBe(false);
    expect(end).toThrow(expect.objectContaining({ code: 'incomplete' }));
  });

  test('of zero and of none at all are done at once', () => {
    expect(bodyDecoder({ kind: 'length', lengthBytes: 0 }).isDone).toBe(true);
    expect(bodyDecoder({ kind: 'none' }).isDone).toBe(true);
  });
});

test('until the close everything is body, and the end completes it', () => {
  const decoder = bodyDecoder({ kind: 'until-close' });
  const data: string[] = [];
  expect(decoder.decode(Buffer.from('abc'), (part) => data.push(part.toString()))).toBe(3);
  decoder.end();
  expect({ data, isDone: decoder.isDone }).toEqual({ data: ['abc'], isDone: true });
});

describe('chunked', () => {
  test('chunks, extensions, trailers', () => {
    expect(chunked('5\r\nhello\r\nA;x="y";z\r\n0123456789\r\n0\r\nX-Sum: 42\r\nX-B:\r\n\r\nGET')).toMatchObject({
      body: 'hello0123456789',
      rest: 'GET',
      isDone: true,
      trailers: ['X-Sum', '42', 'X-B', ''],
    });
  });

  test('an empty body', () => {
    expect(chunked('0\r\n\r\n')).toMatchObject({ body: '', rest: '', isDone: true, trailers: [] });
  });

  test('ends early: an error', () => {
    expect(chunked('5\r\nhello\r\n0\r\n').end).toThrow(expect.objectContaining({ code: 'incomplete' }));
  });

  test.each([
    ['\r\n', 'no size'],
    [';a\r\nx', 'no size before an extension'],
    ['g\r\n', 'no digit'],
    ['0x5\r\nhello\r\n', 'a prefix'],
    ['+5\r\nhello\r\n', 'a sign'],
    [' 5\r\nhello\r\n', 'a space before'],
    ['5 \r\nhello\r\n', 'a space after'],
    ['5\nhello\r\n', 'a bare LF'],
    ['5\rhello', 'a bare CR'],
    ['5\r\nhellox\r\n', 'longer than its size'],
    ['5\r\nhell\r\n0\r\n\r\n', 'shorter than its size'],
    ['5\r\nhello\n0\r\n\r\n', 'a bare LF after the data'],
    ['5\r\nhello0\r\n\r\n', 'no line ending after the data'],
    ['5;a\nb\r\nhello\r\n', 'a bare LF in an extension'],
    ['5;\u0000\r\nhello\r\n', 'NUL in an extension'],
    ['5;,a=b\r\nhello\r\n', 'an extension without a name'],
    ['5;a=\r\nhello\r\n', 'an extension with an empty value'],
    ['5; a\r\nhello\r\n', 'a space in an extension'],
    ['5;a="b\r\nhello\r\n', 'a quote without end'],
    ['00000000000005\r\nhello\r\n', 'more digits than any size has'],
    ['fffffffffffffff\r\n', 'a size that is no exact number'],
    ['-0\r\n\r\n', 'minus zero'],
  ])('%j is refused: %s', (text) => {
    expect(() => chunked(text)).toThrow(expect.objectContaining({ code: 'bad_chunk' }));
  });

  test.each(['0\r\n X: folded\r\n\r\n', '0\r\nX : 1\r\n\r\n', '0\r\nX: 1\nY: 2\r\n\r\n'])(
    'the trailers of %j are refused',
    (text) => {
      expect(() => chunked(text)).toThrow(expect.objectContaining({ name: 'WireError' }));
    },
  );

  test('trailers and extensions without end are cut off', () => {
    expect(() => chunked(`0\r\nX: ${'a'.repeat(20_000)}`)).toThrow(expect.objectContaining({ code: 'trailers_too_large' }));
    expect(() => chunked(`1;${'a'.repeat(20_000)}`)).toThrow(expect.objectContaining({ code: 'bad_chunk' }));
    const drops = Array.from({ length: 20_000 }, () => Buffer.from('a'));
    expect(() => decodeAll({ kind: 'chunked' }, [Buffer.from('0\r\nX: '), ...drops])).toThrow(
      expect.objectContaining({ code: 'trailers_too_large' }),
    );
  });

  test('however it is cut into pieces, it says the same', () => {
    const chunk = fc.record({
      data: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }),
      extension: fc.constantFrom('', ';a', ';a=b'),
    });
    const trailers = fc.array(fc.constantFrom('X-A: 1', 'X-B:', 'x-c: a b'), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 8 }),
        trailers,
        fc.string({ unit: 'binary-ascii', maxLength: 10 }),
        fc.array(fc.nat(400)),
        (chunks, trailerLines, next, cuts) => {
          const coded = chunks.map(({ data, extension }) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`).join('');
          const bytes = Buffer.from(`${coded}0\r\n${trailerLines.map((line) => `${line}\r\n`).join('')}\r\n${next}`, 'latin1');
          expect(decodeAll({ kind: 'chunked' }, split(bytes, cuts))).toMatchObject({
            body: chunks.map(({ data }) => data).join(''),
            rest: next,
            isDone: true,
            trailers: { length: trailerLines.length * 2 },
          });
        },
      ),
    );
  });
});

function split(bytes: Buffer, cuts: number[]): Buffer[] {
  const positions = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  return positions.slice(1).map((end, index) => bytes.subarray(positions[index], end));
}
