import { describe, expect, test } from 'vitest';
import { parseResponseHead } from './response-head.ts';

function head(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

test('a response head is taken apart', () => {
  expect(parseResponseHead(head('HTTP/1.1 404 Not Found', 'Content-Length: 3'), 'GET')).toEqual({
    status: 404,
    reason: 'Not Found',
    minorVersion: 1,
    fields: ['Content-Length', '3'],
    framing: { kind: 'length', lengthBytes: 3 },
    isPersistent: true,
  });
});

describe('status lines', () => {
  test.each(['HTTP/1.1 200', 'HTTP/1.1 200 ', 'HTTP/1.0 599 Odd', 'HTTP/1.1 200 caf\u00e9'])('%j is read', (line) => {
    expect(() => parseResponseHead(head(line), 'GET')).not.toThrow();
  });

  test.each([
    'HTTP/1.1 20',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 x',
    'HTTP/1.1 600 x',
    'HTTP/2 200',
    'HTTP/1.1  200 OK',
    'ICY 200 OK',
    'HTTP/1.1 200 a\u0000',
    '',
  ])('%j is refused', (line) => {
    expect(() => parseResponseHead(head(line), 'GET')).toThrow(expect.objectContaining({ code: 'bad_status_line' }));
  });
});

describe('body length', () => {
  test.each<[string, string, string[], object]>([
    ['GET', '200', [], { kind: 'until-close' }],
    ['GET', '200', ['Transfer-Encoding: chunked'], { kind: 'chunked' }],
    ['HEAD', '200', ['Content-Length: 5'], { kind: 'none' }],
    ['HEAD', '200', ['Transfer-Encoding: chunked'], { kind: 'none' }],
    ['GET', '304', ['Content-Length: 5'], { kind: 'none' }],
    ['GET', '204', [], { kind: 'none' }],
    ['GET', '103', [], { kind: 'none' }],
  ])('%s answered %s %j: %j', (method, status, lines, expected) => {
    expect(parseResponseHead(head(`HTTP/1.1 ${status} x`, ...lines), method).framing).toEqual(expected);
  });

  test('a body until the close ends the connection', () => {
    expect(parseResponseHead(head('HTTP/1.1 200 OK'), 'GET').isPersistent).toBe(false);
  });

  test('two lengths are refused, also where there is no body', () => {
    const text = head('HTTP/1.1 304 x', 'Content-Length: 5', 'Transfer-Encoding: chunked');
    expect(() => parseResponseHead(text, 'HEAD')).toThrow(expect.objectContaining({ code: 'ambiguous_length' }));
  });
});
