/**
 * The parser against the one in Node (llhttp, strict): whatever that one refuses must be refused here, and what is accepted must
 * mean the same to both. Two parsers that read one text differently are what smuggling is made of.
 */
import { METHODS, createServer } from 'node:http';
import process from 'node:process';
import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { bodyDecoder } from './decode-body.ts';
import { HeadReader } from './head-reader.ts';
import { parseRequestHead } from './request-head.ts';
import { WireError } from './wire-error.ts';

interface Message {
  method: string;
  target: string;
  fields: string[];
  body: string;
}

interface Reading {
  /** Complete ones, up to the first that is not. */
  messages: Message[];
  isRefused: boolean;
}

function readHere(bytes: Buffer): Reading {
  const messages: Message[] = [];
  const reader = new HeadReader();
  let rest = bytes;
  try {
    while (rest.length > 0) {
      const head = reader.push(rest);
      if (head === undefined) break;
      const { method, target, fields, framing, isPersistent } = parseRequestHead(head.text);
      const decoder = bodyDecoder(framing);
      let body = '';
      const used = decoder.isDone ? 0 : decoder.decode(head.rest, (data) => (body += data.toString('latin1')));
      if (!decoder.isDone) break;
      messages.push({ method, target, fields, body });
      if (!isPersistent) break;
      rest = head.rest.subarray(used);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { messages, isRefused: true };
  }
  return { messages, isRefused: false };
}

const server = createServer({ requireHostHeader: true });
// Without it Node would cut off the messages before the one it refuses.
server.on('clientError', () => undefined);
afterAll(() => void server.close());

async function readByNode(bytes: Buffer): Promise<Message[]> {
  const messages: Message[] = [];
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  socket.on('error', () => undefined);
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (data: string) => (body += data));
    request.on('end', () => {
      messages.push({ method: request.method ?? '', target: request.url ?? '', fields: request.rawHeaders, body });
      response.end();
    });
  });
  server.emit('connection', socket);
  socket.push(bytes);
  // Requests of one connection are read one after the other, each over a few turns of the event loop.
  for (let turn = 0; turn < 12; turn++) await nextTurn();
  socket.destroy();
  return messages;
}

const nasty = [
  'Content-Length: 5', 'Content-Length: 0', 'Content-Length: 5, 5', 'Content-Length: +5', 'Content-Length : 5', 'content-length: 05', 'Content-Length:',
  'Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding : chunked', 'Transfer-Encoding: chunked, chunked',
  'transfer-encoding: CHUNKED', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked ', 'X: a\n', 'X: a\r', 'X: a\u0000b', ' folded', '\tfolded', 'X\t: 1', 'X: \u00e9',
  'Host: b', 'Host:', 'X: 1\nY: 2', 'X: 1\rY: 2', ': empty', 'X', 'Connection: close', 'Connection: keep-alive', '"X": 1', 'X(: 1', 'X: "a\\"b"', 'X:1', 'X: \u007f',
]; // prettier-ignore
const bodies = ['', 'hello', '0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', '5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n', '5 \r\nhello\r\n0\r\n\r\n', '5\nhello\n0\n\n', '05\r\nhello\r\n0\r\n\r\n', 'g\r\n']; // prettier-ignore
const requestLines = ['GET / HTTP/1.1', 'POST /a?b=c HTTP/1.1', 'POST / HTTP/1.0', 'GET  / HTTP/1.1', 'GET / HTTP/1.1 ', 'PUT /\u00e8 HTTP/1.1', 'GET /a#b HTTP/1.1', 'GET / HTTP/1.2', 'get / HTTP/1.1', 'GET /\t HTTP/1.1']; // prettier-ignore

const request = fc
  .record({
    line: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('GET / HTTP/1.1', 'POST /a?b=c HTTP/1.1') },
      fc.constantFrom(...requestLines),
    ),
    host: fc.oneof({ weight: 6, arbitrary: fc.constant(['Host: a']) }, fc.constant([])),
    lines: fc.array(fc.constantFrom(...nasty), { maxLength: 3 }),
    body: fc.constantFrom(...bodies),
  })
  .map(({ line, host, lines, body }) => `${[line, ...host, ...lines].join('\r\n')}\r\n\r\n${body}`);

/** One byte put in, taken out or changed. */
const mutation = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('insert', 'remove', 'replace'),
  byte: fc.constantFrom('\r', '\n', '\t', ' ', ':', ';', ',', '\u0000', 'a', '0', '\u00ff'),
});

const text = fc
  .tuple(fc.array(request, { minLength: 1, maxLength: 3 }), fc.array(mutation, { maxLength: 2 }))
  .map(([requests, mutations]) =>
    mutations.reduce((whole, { at, kind, byte }) => {
      const position = at % (whole.length + 1);
      return whole.slice(0, position) + (kind === 'remove' ? '' : byte) + whole.slice(position + (kind === 'insert' ? 0 : 1));
    }, requests.join('')),
  );

/**
 * Every message read here must be one Node has read, in the same place. What Node refuses is thereby not read here either: it is
 * refused, or its head still waits for its end, which the head timeout sees to.
 */
async function compare(input: string): Promise<void> {
  const bytes = Buffer.from(input, 'latin1');
  const { messages } = readHere(bytes);
  const node = await readByNode(bytes);
  const unknown = messages.findIndex(({ method }) => !METHODS.includes(method));
  // What comes after a method that Node does not know, Node cannot judge.
  const judged = unknown === -1 ? messages : messages.slice(0, unknown);
  expect(node.slice(0, judged.length)).toEqual(judged);
}

/** `npm run fuzz` makes it longer. */
const extent = Number(process.env.FUZZ_EXTENT ?? 1);

test('what is accepted here means the same to Node', { timeout: 60_000 * extent }, async () => {
  await fc.assert(fc.asyncProperty(text, compare), { numRuns: 3000 * extent });
});

// Found by the property above, or by others in other parsers.
test.each([
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX: a\n\nGET /x HTTP/1.1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\t \r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\t\r\n\r\nhello',
  'POST a?b=c HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: CHUNKED\r\n\r\n5;,x=y\r\nhello\r\n0\r\n\r\n',
])('%j', compare);

test('no bytes make the parser throw anything but a WireError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readHere(Buffer.from(bytes))),
    { numRuns: 2000 },
  );
});
