import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { portOf } from '../testing/backend.ts';
import type { ReadSocket } from './dial.ts';
import { acceptDirect, connectDirect, giveBack } from './direct-socket.ts';

let server: Server;
let direct: ReturnType<typeof connectDirect>;
/** The other end. */
let peer: Socket;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  direct = connectDirect({ host: '127.0.0.1', port: portOf(server) });
  [peer] = (await once(server, 'connection')) as [Socket];
});

afterEach(() => {
  direct.socket.destroy();
  peer.destroy();
  server.close();
});

/** What `onData` is given until `bytes` have come. */
function received(bytes: number): Promise<Buffer[]> {
  const { promise, resolve } = Promise.withResolvers<Buffer[]>();
  const parts: Buffer[] = [];
  let count = 0;
  direct.onData = (data) => {
    parts.push(data);
    count += data.length;
    if (count >= bytes) resolve(parts);
  };
  return promise;
}

test('what was handed over stays as it was, whatever is read after it', async () => {
  for (const size of [10, 4096, 5000, 60_000, 300_000]) {
    const sent = Buffer.alloc(size, String(size));
    const parts = received(size);
    peer.write(sent);
    const kept = await parts;
    const later = received(100_000);
    peer.write(Buffer.alloc(100_000, 'z'));
    await later;
    expect(Buffer.concat(kept).equals(sent), String(size)).toBe(true);
  }
});

test('a long piece that was given back is the place of a later one, and no longer of one that was not', async () => {
  const places = new Set<ArrayBufferLike>();
  for (let round = 0; round < 50; round++) {
    const parts = received(50_000);
    peer.write(Buffer.alloc(50_000));
    for (const part of await parts) {
      if (part.length > 4096) places.add(part.buffer);
      giveBack(part);
      giveBack(part);
    }
  }
  // How the kernel cuts what was sent is its own business; each size of pieces has its own places.
  expect(places.size).toBeLessThan(10);
  const first = received(100_000);
  peer.write(Buffer.alloc(100_000, 'a'));
  const kept = await first;
  const second = received(100_000);
  peer.write(Buffer.alloc(100_000, 'b'));
  await second;
  expect(Buffer.concat(kept).every((byte) => byte === 'a'.charCodeAt(0))).toBe(true);
});

test('a part of a long piece cannot be given back', async () => {
  const parts = received(50_000);
  peer.write(Buffer.alloc(50_000, 'a'));
  const kept = await parts;
  for (const part of kept) giveBack(part.subarray(0, part.length - 1));
  const more = received(50_000);
  peer.write(Buffer.alloc(50_000, 'b'));
  const later = await more;
  expect(later.some((part) => kept.some(({ buffer, length }) => length > 4096 && buffer === part.buffer))).toBe(false);
});

test('without a taker it is a stream like any other, also in the middle', async () => {
  const taken = received(5);
  peer.write('first');
  await taken;
  direct.onData = undefined;
  direct.socket.pause();
  const sent = Buffer.alloc(1_000_000, 'second');
  peer.end(sent);
  const parts: Buffer[] = [];
  for await (const part of direct.socket as AsyncIterable<Buffer>) parts.push(part);
  expect(Buffer.concat(parts).equals(sent)).toBe(true);
});

test('a paused one is read no further', async () => {
  const parts = received(1);
  peer.write(Buffer.alloc(1_000_000));
  await parts;
  direct.socket.pause();
  const before = direct.socket.bytesRead;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  // Two turns of the loop would have read more.
  setImmediate(() => setImmediate(() => resolve(undefined)));
  await promise;
  expect(direct.socket.bytesRead).toBe(before);
  const rest = received(1_000_000 - before);
  direct.socket.resume();
  expect((await rest).reduce((sum, { length }) => sum + length, 0)).toBe(1_000_000 - before);
});

/** A connection from a server that gives it away, both ends of it. */
async function accepted() {
  const accepting = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(accepting, 'listening');
  const client = connectDirect({ host: '127.0.0.1', port: portOf(accepting) });
  const [socket] = (await once(accepting, 'connection')) as [Socket];
  return { accepting, client, socket };
}

function textOf(end: ReadSocket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  end.onData = (data) => resolve(data.toString());
  return promise;
}

test('a connection that a server accepted is read the same way, and the server waits for it no longer', async () => {
  const { accepting, client, socket } = await accepted();
  const served = acceptDirect(socket);
  client.socket.write('question');
  expect(await textOf(served)).toBe('question');
  accepting.close();
  await once(accepting, 'close');
  served.socket.end('answer');
  expect(await textOf(client)).toBe('answer');
  client.socket.end();
  await once(served.socket, 'close');
});

test('where nothing is found to take over, it is read as a stream', async () => {
  const { accepting, client, socket } = await accepted();
  const elsewhere = new Proxy(socket, {
    has: (target, name) => name !== '_handle' && Reflect.has(target, name),
    get: (target, name): unknown => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const served = acceptDirect(elsewhere);
  client.socket.write('question');
  expect(await textOf(served)).toBe('question');
  socket.destroy();
  client.socket.destroy();
  accepting.close();
});
