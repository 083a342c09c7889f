import { describe, expect, test } from 'vitest';
import { parseRequestHead } from './request-head.ts';
import { WireError } from './wire-error.ts';

/** Lines as they would be written; every line gets its CRLF, and the head its empty line. */
function head(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function codeOf(text: string): string {
  try {
    parseRequestHead(text);
  } catch (error) {
    if (error instanceof WireError) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'accepted';
}

test('a request head is taken apart', () => {
  expect(
    parseRequestHead(head('POST /orders?x=1 HTTP/1.1', 'Host: shop', 'X-Empty:', 'X-Spaces: \t a b \t ', 'Content-Length: 5')),
  ).toEqual({
    method: 'POST',
    target: '/orders?x=1',
    minorVersion: 1,
    fields: ['Host', 'shop', 'X-Empty', '', 'X-Spaces', 'a b', 'Content-Length', '5'],
    host: 'shop',
    framing: { kind: 'length', lengthBytes: 5 },
    isPersistent: true,
    expectsContinue: false,
  });
});

describe('request lines', () => {
  test.each([
    ['GET / HTTP/1.1', 'accepted'],
    ['OPTIONS * HTTP/1.1', 'accepted'],
    ['GET * HTTP/1.1', '400 bad_request_line'],
    ['GET a?b=c HTTP/1.1', '400 bad_request_line'],
    ['GET http:///a HTTP/1.1', '400 bad_request_line'],
    ['CONNECT shop:443 HTTP/1.1', 'accepted'],
    ['CONNECT /shop HTTP/1.1', '400 bad_request_line'],
    ['GET http://shop/ HTTP/1.1', 'accepted'],
    ['M-SEARCH /%E8%8C%B6?q={a|b}[1]^`" HTTP/1.1', 'accepted'],
    ['get / HTTP/1.1', 'accepted'],
    ['GET  / HTTP/1.1', '400 bad_request_line'],
    [' GET / HTTP/1.1', '400 bad_request_line'],
    ['GET / HTTP/1.1 ', '400 bad_request_line'],
    ['GET\t/ HTTP/1.1', '400 bad_request_line'],
    ['GET /', '400 bad_request_line'],
    ['GET /a b HTTP/1.1', '400 bad_request_line'],
    ['GET /a#b HTTP/1.1', '400 bad_request_line'],
    ['GET /\u00e8 HTTP/1.1', '400 bad_request_line'],
    ['GET /\u0000 HTTP/1.1', '400 bad_request_line'],
    ['GET /\u007f HTTP/1.1', '400 bad_request_line'],
    ['G@T / HTTP/1.1', '400 bad_request_line'],
    [`${'A'.repeat(33)} / HTTP/1.1`, '400 bad_request_line'],
    ['GET / http/1.1', '400 bad_request_line'],
    ['GET / HTTP/1.1.1', '400 bad_request_line'],
    ['GET / HTTP/2.0', '505 bad_version'],
    ['GET / HTTP/1.2', '505 bad_version'],
    ['GET / HTTP/0.9', '505 bad_version'],
    ['PRI * HTTP/2.0', '505 bad_version'],
    ['GET / HTTP/1.1\n', '400 bad_line_ending'],
    ['GET / HTTP/1.1\r', '400 bad_line_ending'],
  ])('%j: %s', (line, expected) => {
    expect(codeOf(head(line, 'Host: shop'))).toBe(expected);
  });
});

describe('fields', () => {
  test.each([
    ['X-A : 1', '400 bad_field'],
    [' X-A: 1', '400 obsolete_folding'],
    ['\tcontinued', '400 obsolete_folding'],
    ['X-A', '400 bad_field'],
    [': 1', '400 bad_field'],
    ['X A: 1', '400 bad_field'],
    ['X-A: a\u0000b', '400 bad_field'],
    ['X-A: a\u0001b', '400 bad_field'],
    ['X-A: a\u007fb', '400 bad_field'],
    ['X-A: a\nX-B: b', '400 bad_line_ending'],
    ['X-A: a\rX-B: b', '400 bad_line_ending'],
    ['X-A: a\n', '400 bad_line_ending'],
    ['X-\u00e9: 1', '400 bad_field'],
    ['X-A: caf\u00e9', 'accepted'],
    ['X-A: "a, b"; c=d', 'accepted'],
  ])('%j: %s', (line, expected) => {
    expect(codeOf(head('GET / HTTP/1.1', 'Host: shop', line))).toBe(expected);
  });

  test('too many are refused', () => {
    const fields = Array.from({ length: 127 }, (_, index) => `X-${index}: ${index}`);
    expect(codeOf(head('GET / HTTP/1.1', 'Host: shop', ...fields))).toBe('accepted');
    expect(codeOf(head('GET / HTTP/1.1', 'Host: shop', 'X: 1', ...fields))).toBe('431 too_many_fields');
  });
});

describe('Host', () => {
  test.each([
    [['GET / HTTP/1.1'], '400 bad_host'],
    [['GET / HTTP/1.1', 'Host: a', 'host: a'], '400 bad_host'],
    [['GET / HTTP/1.0', 'Host: a', 'Host: b'], '400 bad_host'],
    [['GET / HTTP/1.0'], 'accepted'],
  ])('%j: %s', (lines, expected) => {
    expect(codeOf(head(...lines))).toBe(expected);
  });
});

describe('body length', () => {
  test.each<[string[], string | object]>([
    [[], { kind: 'none' }],
    [['Content-Length: 0'], { kind: 'length', lengthBytes: 0 }],
    [['content-LENGTH: 0012'], { kind: 'length', lengthBytes: 12 }],
    [['Transfer-Encoding: Chunked'], { kind: 'chunked' }],
    [['Content-Length: 5', 'Content-Length: 5'], '400 bad_content_length'],
    [['Content-Length: 5', 'Content-Length: 6'], '400 bad_content_length'],
    [['Content-Length: 5, 5'], '400 bad_content_length'],
    [['Content-Length: +5'], '400 bad_content_length'],
    [['Content-Length: -5'], '400 bad_content_length'],
    [['Content-Length: 0x5'], '400 bad_content_length'],
    [['Content-Length: 5.0'], '400 bad_content_length'],
    [['Content-Length: 1e3'], '400 bad_content_length'],
    [['Content-Length: '], '400 bad_content_length'],
    [['Content-Length: 5 5'], '400 bad_content_length'],
    [['Content-Length: 99999999999999999'], '400 bad_content_length'],
    [['Content-Length: 9007199254740992'], '400 bad_content_length'],
    [['Content-Length: 5', 'Transfer-Encoding: chunked'], '400 ambiguous_length'],
    [['Transfer-Encoding: chunked', 'Content-Length: 5'], '400 ambiguous_length'],
    [['Transfer-Encoding: identity', 'Content-Length: 5'], '400 ambiguous_length'],
    [['Transfer-Encoding: gzip, chunked'], '400 bad_transfer_encoding'],
    [['Transfer-Encoding: chunked, gzip'], '400 bad_transfer_encoding'],
    [['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '400 bad_transfer_encoding'],
    [['Transfer-Encoding: chunked, identity'], '400 bad_transfer_encoding'],
    [['Transfer-Encoding: xchunked'], '400 bad_transfer_encoding'],
    [['Transfer-Encoding: "chunked"'], '400 bad_transfer_encoding'],
    [['Transfer-Encoding:'], '400 bad_transfer_encoding'],
    [['Transfer-Encoding: chunked;q=1'], '400 bad_transfer_encoding'],
  ])('%j: %j', (lines, expected) => {
    const text = head('POST / HTTP/1.1', 'Host: shop', ...lines);
    if (typeof expected === 'string') expect(codeOf(text)).toBe(expected);
    else expect(parseRequestHead(text).framing).toEqual(expected);
  });

  test('HTTP/1.0 has no transfer codings', () => {
    expect(codeOf(head('POST / HTTP/1.0', 'Transfer-Encoding: chunked'))).toBe('400 bad_transfer_encoding');
  });
});

describe('the connection', () => {
  const options = (line: string, ...lines: string[]) => parseRequestHead(head(line, 'Host: a', ...lines));
  test.each<[string, string[], boolean]>([
    ['GET / HTTP/1.1', [], true],
    ['GET / HTTP/1.1', ['Connection: Close'], false],
    ['GET / HTTP/1.1', ['Connection: keep-alive', 'Connection: x, close'], false],
    ['GET / HTTP/1.0', [], false],
    ['GET / HTTP/1.0', ['Connection: keep-alive'], true],
  ])('%s %j persists: %s', (line, lines, expected) => {
    expect(options(line, ...lines).isPersistent).toBe(expected);
  });

  test('an upgrade needs both fields', () => {
    expect(options('GET / HTTP/1.1', 'Connection: Upgrade', 'Upgrade: WebSocket')).toMatchObject({ upgrade: 'websocket' });
    expect(options('GET / HTTP/1.1', 'Upgrade: websocket')).not.toHaveProperty('upgrade');
    expect(options('GET / HTTP/1.1', 'Connection: upgrade')).not.toHaveProperty('upgrade');
  });

  test('fields for this hop are named', () => {
    expect(options('GET / HTTP/1.1', 'Connection: keep-alive, X-Private , X-Other').nominated).toEqual(
      new Set(['x-private', 'x-other']),
    );
  });

  test('100-continue is the only expectation', () => {
    expect(options('PUT / HTTP/1.1', 'Expect: 100-Continue').expectsContinue).toBe(true);
    expect(options('PUT / HTTP/1.0', 'Expect: 100-continue').expectsContinue).toBe(false);
    expect(codeOf(head('PUT / HTTP/1.1', 'Host: a', 'Expect: a-miracle'))).toBe('417 bad_expectation');
  });
});
