/**
 * A throw-away Redis for tests: the real server (Debian's `redis-server`) on a free loopback port, nothing on disk.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './backend.ts';

export interface TestRedis extends AsyncDisposable {
  port: number;
  /** Ends it at once; `start` brings an empty one back on the same port. */
  crash(): Promise<void>;
  start(): Promise<void>;
}

/** Whether it is installed; `npm run setup:real` does that. */
export const hasRedis = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;

export function sayWhenRedisIsMissing(): void {
  if (!hasRedis && process.env.CI === undefined)
    process.stderr.write('redis-server is missing: its tests are skipped; `npm run setup:real` installs it\n');
}

export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  let server: ChildProcess | undefined;
  const crash = async () => {
    const running = server;
    server = undefined;
    if (running === undefined) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  };
  const start = async () => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp'];
    server = spawn('redis-server', args, { stdio: 'ignore' });
    await untilReachable(port);
  };
  await start();
  return { port, crash, start, [Symbol.asyncDispose]: crash };
}

async function untilReachable(port: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (attempt === 500) throw error;
      await wait(20);
    } finally {
      socket.destroy();
    }
  }
}
