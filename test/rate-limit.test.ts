/** examples/rate-limit as a user runs it. The global limit needs redis-server (`npm run setup:real`); without it that test says so, and fails in CI. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { repository, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

const hasRedis = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasRedis && process.env.CI === undefined)
  process.stderr.write('redis-server is missing: its test is skipped; `npm run setup:real` installs it\n');

let system: System | undefined;

afterEach(async () => {
  await system?.purge();
  system = undefined;
});

async function start(...paths: string[]): Promise<System> {
  system = await startSystem({ cwd: join(repository, 'examples/rate-limit'), paths });
  await system.printed(/ready in/);
  return system;
}

it('limits each client on its own', async () => {
  const running = await start('deploy');
  const { url } = running;
  const ask = async (key: string) => (await fetch(url, { headers: { 'x-api-key': key } })).status;
  const statuses: number[] = [];
  for (let request = 0; request < 6; request++) statuses.push(await ask('hanako'));
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  expect(await ask('taro')).toBe(200);
  expect((await fetch(url)).status).toBe(200);
  expect(running.output()).not.toMatch(/warning/);
});

it.runIf(hasRedis || process.env.CI !== undefined)('limits all clients together, by counts in Redis', async () => {
  const { url } = await start('deploy/10-hello.yaml', 'global');
  const ask = async (path: string) => (await fetch(`${url}/${path}`)).status;
  // Until the gateway has its connection to Redis it lets nobody in: `failure_mode_deny`.
  await expect.poll(() => ask('other'), { timeout: 10_000 }).toBe(200);
  const statuses: number[] = [];
  for (const path of ['productpage', 'productpage', 'api/v1/products/1', 'api/v1/products/2', 'api/v1/products/3', 'other'])
    statuses.push(await ask(path));
  expect(statuses).toEqual([200, 429, 200, 200, 429, 200]);
});
