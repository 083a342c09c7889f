import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NativeContainer } from '../images/image.ts';
import { ratelimit } from './ratelimit.ts';
import { redis } from './redis.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hikyaku-redis-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

function container(argv: string[], change: Partial<NativeContainer> = {}): NativeContainer {
  const unused = () => Promise.reject(new Error('not used'));
  return {
    podIp: '127.16.250.1',
    env: {},
    argv,
    directory,
    temporaryDirectory: directory,
    locate: () => undefined,
    log: () => Promise.resolve(),
    run: unused,
    start: unused,
    signal: new AbortController().signal,
    ...change,
  };
}

const isThere = await redis.prepare(container([])).then(
  () => true,
  () => false,
);
if (!isThere && process.env.CI === undefined)
  process.stderr.write('redis-server is missing: its tests are skipped; `npm run setup:real` installs it\n');

it('says how to install the server where there is none', async () => {
  vi.stubEnv('PATH', directory);
  await expect(redis.prepare(container(['redis-server']))).rejects.toThrow(/redis-server is not installed.*npm run setup:real/);
});

it('does not run shell commands', async () => {
  await expect(redis.prepare(container(['-c', 'redis-server --port 1']))).rejects.toThrow(
    /shell command for redis is not supported/,
  );
});

describe.runIf(isThere || process.env.CI !== undefined)('the native redis image', () => {
  it('listens on the Pod’s address alone, whatever the manifest says, and answers the usual probe', async () => {
    const own = container(['redis-server', '--bind', '0.0.0.0', '--port', '16379', '--save', '', '--requirepass', 'secret']);
    const [program = '', ...args] = await redis.prepare(own);
    expect(args.slice(-6, -4)).toEqual(['--bind', '127.16.250.1']);
    const server = spawn(program, args, { stdio: 'ignore' });
    try {
      const probe = (argv: string[]) => redis.exec?.(argv, own);
      const good = ['redis-cli', '-p', '16379', '-a', 'secret', 'ping'];
      await expect
        .poll(() => probe(good), { timeout: 10_000 })
        .toMatchObject({ code: 0, output: expect.stringContaining('PONG') as string });
      expect(await probe(['sh', '-c', 'redis-cli -p 16379 ping'])).toMatchObject({
        code: 1,
        output: expect.stringContaining('NOAUTH') as string,
      });
      expect(await redis.exec?.(good, { ...own, podIp: '127.0.0.1' })).toMatchObject({ code: 1 });
      expect(probe(['redis-cli', 'info'])).toBeUndefined();
    } finally {
      server.kill();
      await once(server, 'exit');
    }
  });
});

it('runs nothing for the rate limit service, and says why', async () => {
  const lines: string[] = [];
  const command = await ratelimit.prepare(
    container([], {
      log: (line) => {
        lines.push(line);
        return Promise.resolve();
      },
    }),
  );
  expect(command).toEqual(['tail', '-f', '/dev/null']);
  expect(lines.join()).toContain('the mesh counts by itself');
});
