import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeadReader, headLimitBytes } from './head-reader.ts';

/** Feeds pieces until there is a head. */
function read(pieces: string[]): { text: string; rest: string } | undefined {
  const reader = new HeadReader();
  for (const [index, piece] of pieces.entries()) {
    const head = reader.push(Buffer.from(piece, 'latin1'));
    if (head !== undefined) return { text: head.text, rest: head.rest.toString('latin1') + pieces.slice(index + 1).join('') };
  }
  return undefined;
}

test('a head ends with the empty line, what follows is the rest', () => {
  expect(read(['GET / HTTP/1.1\r\nHost: a\r\n\r\nbody'])).toEqual({ text: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', rest: 'body' });
});

test('wherever it is cut, the head is the same', () => {
  const head = 'GET / HTTP/1.1\r\nHost: a\r\nX: \u00ff\r\n\r\n';
  fc.assert(
    fc.property(fc.array(fc.nat(head.length + 4), { maxLength: 6 }), (cuts) => {
      const positions = [0, ...cuts.sort((a, b) => a - b), head.length + 4];
      const pieces = positions.slice(1).map((end, index) => `${head}body`.slice(positions[index], end));
      expect(read(pieces)).toEqual({ text: head, rest: 'body' });
    }),
  );
});

test('one empty line before the request is skipped, a second is not', () => {
  expect(read(['\r\nGET / HTTP/1.1\r\n\r\n'])).toMatchObject({ text: 'GET / HTTP/1.1\r\n\r\n' });
  expect(read(['\r', '\nGET / HTTP/1.1\r\n\r\n'])).toMatchObject({ text: 'GET / HTTP/1.1\r\n\r\n' });
  expect(read(['\r\n\r\nGET / HTTP/1.1\r\n\r\n'])).toMatchObject({ text: '\r\nGET / HTTP/1.1\r\n\r\n' });
});

describe('what can become no head is refused at once', () => {
  test.each(['GET / HTTP/1.1\n', 'GET / HTTP/1.1\nHost: a\n\n', 'GET / HTTP/1.1\rHost', '\n'])('%j', (text) => {
    expect(() => read([text])).toThrow(expect.objectContaining({ code: 'bad_line_ending' }));
  });

  test('a CR whose LF has not come yet is fine', () => {
    expect(read(['GET / HTTP/1.1\r'])).toBeUndefined();
    expect(read(['GET / HTTP/1.1\r', '\n\r', '\n'])).toMatchObject({ rest: '' });
  });

  test('longer than the limit, ended or not', () => {
    const long = `GET / HTTP/1.1\r\nX: ${'a'.repeat(headLimitBytes)}`;
    expect(() => read([long])).toThrow(expect.objectContaining({ code: 'head_too_large', status: 431 }));
    expect(() => read([`${long}\r\n\r\n`])).toThrow(expect.objectContaining({ code: 'head_too_large' }));
  });
});

test('says whether a head has begun', () => {
  const reader = new HeadReader();
  expect(reader.isWithinHead).toBe(false);
  reader.push(Buffer.from('GET'));
  expect(reader.isWithinHead).toBe(true);
  reader.push(Buffer.from(' / HTTP/1.1\r\n\r\n'));
  expect(reader.isWithinHead).toBe(false);
});
