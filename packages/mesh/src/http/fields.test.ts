import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatFields, formatHead, isNamed, nameTest } from './fields.ts';

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 3 });

test('a name is the same in whatever case, and nothing but letters has one', () => {
  fc.assert(
    fc.property(ascii, ascii, (name, other) => {
      const lower = other.toLowerCase();
      return isNamed(name, lower) === (name.toLowerCase() === lower);
    }),
  );
  expect(
    ['Content-Length', 'CONTENT-LENGTH', 'content_length', 'Content-Lengt'].map((name) => isNamed(name, 'content-length')),
  ).toEqual([true, true, false, false]);
  expect(isNamed('a[', 'a{')).toBe(false);
});

test('one of a few names', () => {
  const isOne = nameTest(['te', 'host', 'date']);
  expect(['TE', 'Host', 'dAte', 'hos', 'dote', ''].map(isOne)).toEqual([true, true, true, false, false, false]);
});

test('a head is its start line, its fields in order, what is added, and the empty line', () => {
  const fields = ['Host', 'a', 'X', ''];
  expect(formatHead('GET / HTTP/1.1', fields)).toBe(`GET / HTTP/1.1\r\n${formatFields(fields)}\r\n`);
  expect(formatHead('GET / HTTP/1.1', fields, ['Y: 1', 'Z: 2'])).toBe('GET / HTTP/1.1\r\nHost: a\r\nX: \r\nY: 1\r\nZ: 2\r\n\r\n');
  expect(formatHead('HTTP/1.1 200 OK', [])).toBe('HTTP/1.1 200 OK\r\n\r\n');
});
