import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectDirect } from '../http/direct-socket.ts';
import { portOf } from '../testing/backend.ts';
import { splice } from './splice.ts';

let server: Server;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => server.close());

async function accepted(): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  return socket;
}

test('carries bytes and ends both ways, and tells when both are closed', async () => {
  const caller = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
  const client = await accepted();
  const upstream = connectDirect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
  const callee = await accepted();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  splice(client, upstream.socket, () => resolve(undefined));
  caller.end('question');
  expect(Buffer.concat((await callee.toArray()) as Buffer[]).toString()).toBe('question');
  callee.end('answer');
  expect(Buffer.concat((await caller.toArray()) as Buffer[]).toString()).toBe('answer');
  await promise;
});

test('an upstream is closed also when the caller ended and is gone before they are put together', async () => {
  const caller = connect(portOf(server), '127.0.0.1');
  const client = await accepted();
  const upstream = connectDirect({ port: portOf(server), host: '127.0.0.1' });
  // Ends when its peer does, as servers do.
  const callee = (await accepted()).resume().on('end', () => callee.end());
  caller.end();
  await once(client.resume(), 'end');
  client.destroy();
  upstream.socket.pause();
  const closed = [once(upstream.socket, 'close'), once(callee, 'close')];
  splice(client, upstream.socket);
  await Promise.all(closed);
});
