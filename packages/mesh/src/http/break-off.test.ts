import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { portOf } from '../testing/backend.ts';
import { breakOff } from './break-off.ts';

let server: Server;
let ours: Socket;
let theirs: Socket;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ours = connect(portOf(server), '127.0.0.1').on('error', () => undefined);
  [theirs] = (await once(server, 'connection')) as [Socket];
});

afterEach(() => {
  theirs.destroy();
  server.close();
});

test('the other side sees a reset', async () => {
  const broken = once(theirs, 'error');
  breakOff(ours);
  expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
});

test('one that is ending is closed all the same', async () => {
  theirs.on('error', () => undefined);
  const closed = once(ours, 'close');
  ours.end('the last');
  breakOff(ours);
  await closed;
  expect(ours.destroyed).toBe(true);
});
