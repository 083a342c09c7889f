import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import type { NativeContainer } from '../images/image.ts';
import { findProgram, pgIsReady } from './postgres-ready.ts';

it.each([
  [
    ['pg_isready', '-U', 'app'],
    ['-U', 'app'],
  ],
  [['/usr/local/bin/pg_isready'], []],
  [
    ['sh', '-c', 'pg_isready -U $USER_NAME -d "${DB}"'],
    ['-U', 'app', '-d', 'my db'],
  ],
  [
    ['/bin/bash', '-ec', `exec pg_isready -h '127.0.0.1'`],
    ['-h', '127.0.0.1'],
  ],
  [['sh', '-c', 'pg_isready && psql -c "SELECT 1"'], undefined],
  [['psql', '-c', 'pg_isready'], undefined],
])('finds the program in %j', (argv, expected) => {
  expect(findProgram(argv, 'pg_isready', { USER_NAME: 'app', DB: 'my db' })).toEqual(expected);
});

async function ask(answer: Buffer | undefined, argv: string[] = []): Promise<number> {
  const server = createServer((socket) => socket.once('data', () => socket.end(answer ?? '')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const container: Partial<NativeContainer> = {
    podIp: '127.0.0.1',
    env: { PGPORT: typeof address === 'object' && address ? String(address.port) : '' },
    signal: AbortSignal.timeout(5000),
  };
  try {
    // The rest of a container is for servers.
    return (await pgIsReady(argv, container as NativeContainer)).code;
  } finally {
    server.close();
  }
}

function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}

it('answers like pg_isready: accepting, rejecting, no response, not attempted', async () => {
  expect(await ask(message('R', '\0\0\0\x0a'))).toBe(0);
  expect(await ask(message('E', 'SFATAL\0C28000\0Mno such user\0\0'))).toBe(0);
  expect(await ask(message('E', 'SFATAL\0C57P03\0Mthe database system is starting up\0\0'))).toBe(1);
  expect(await ask(undefined)).toBe(2);
  expect(await ask(undefined, ['--no-such-option'])).toBe(3);
});
