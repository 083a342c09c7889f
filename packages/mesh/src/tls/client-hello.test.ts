import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portOf } from '../testing/backend.ts';
import { ClientHelloError, clientHelloLimitBytes, readClientHello } from './client-hello.ts';

/** What OpenSSL sends. */
async function realHello(servername: string): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connectTls({ socket: connect(portOf(server), '127.0.0.1'), servername, rejectUnauthorized: false });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

const hello = await realHello('Shop.Example.com');

test('finds the name that is asked for, in lower case', () => {
  expect(readClientHello(hello)).toEqual({ serverName: 'shop.example.com' });
});

test('finds that none is asked for', async () => {
  expect(readClientHello(await realHello(''))).toEqual({});
});

test('waits for the whole of it, and does not mind what follows', () => {
  for (let length = 0; length < hello.length; length++) expect(readClientHello(hello.subarray(0, length))).toBeUndefined();
  expect(readClientHello(Buffer.concat([hello, Buffer.from('more')]))).toEqual({ serverName: 'shop.example.com' });
});

test('puts a message together that came in several records', () => {
  const message = hello.subarray(5);
  const records = [message.subarray(0, 2), message.subarray(2, 90), message.subarray(90)].map((part) => {
    const header = Buffer.from([22, 3, 1, 0, 0]);
    header.writeUInt16BE(part.length, 3);
    return Buffer.concat([header, part]);
  });
  expect(readClientHello(Buffer.concat(records))).toEqual({ serverName: 'shop.example.com' });
});

test.each([
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n')],
  ['an alert', Buffer.from([21, 3, 1])],
  ['SSL 2', Buffer.from([22, 2])],
  ['a record without content', Buffer.from([22, 3, 1, 0, 0])],
  ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
  ['a message that will be too long', Buffer.from([22, 3, 1, 0, 4, 1, 1, 0, 0])],
])('refuses %s as soon as it can be told', (_, bytes) => {
  expect(() => readClientHello(bytes)).toThrow(ClientHelloError);
});

test('refuses a name that is no host name', () => {
  const name = Buffer.from('shop.example.com');
  const at = hello.indexOf(Buffer.from('Shop.Example.com'));
  for (const bad of ['shop.example.co\0', 'shop/../example.', '*.example.com   ']) {
    const changed = Buffer.from(hello);
    changed.write(bad.padEnd(name.length, ' ').slice(0, name.length), at, 'latin1');
    expect(() => readClientHello(changed)).toThrow(ClientHelloError);
  }
});

test('whatever comes is a hello, unfinished, or refused', () => {
  const isKnownEnd = (bytes: Buffer) => {
    try {
      const read = readClientHello(bytes);
      return read === undefined ? bytes.length <= clientHelloLimitBytes : true;
    } catch (error) {
      return error instanceof ClientHelloError;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => isKnownEnd(Buffer.from(bytes))));
  const change = fc.tuple(fc.nat(hello.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const changed = Buffer.from(hello);
      for (const [index, byte] of changes) changed[index] = byte;
      return isKnownEnd(changed);
    }),
  );
});
