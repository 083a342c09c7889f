/** examples/grpc as a user runs it: calls by method and metadata at the gateway, and between services. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Services } from '@hikyaku/resources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

const cwd = join(repository, 'examples/grpc');

let system: System;

beforeAll(async () => {
  system = await startSystem({ cwd, paths: ['deploy'], args: ['--no-watch'] });
  await system.printed(/ready in/);
});
afterAll(() => system.purge());

/** What `call.js` prints. */
async function call(address: string, ...words: string[]): Promise<string> {
  const args = [join(cwd, 'services/stock/call.js'), address, ...words];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error: unknown) => {
    if (error instanceof Error && 'stdout' in error) return { stdout: String(error.stdout) };
    throw error;
  });
  return stdout.trim();
}

it('goes by method and by metadata at the gateway', async () => {
  const gateway = `localhost:${system.gatewayPort}`;
  expect(await call(gateway, 'Reserve')).toBe('2 v2');
  expect(await call(gateway, 'Count', 'x-beta=yes')).toBe('3 v2');
  expect(await call(gateway, 'Watch')).toBe('3 v1\n4 v1\n5 v1');
  const counts = [await call(gateway, 'Count'), await call(gateway, 'Count')];
  expect(counts.toSorted()).toEqual(['3 v1', 'RESOURCE_EXHAUSTED busy']);
});

it('goes by the VirtualService between services, which asks again who is too busy', async () => {
  const service = await (await system.client()).get(Services, 'default', 'stock-v1');
  const address = `${service?.spec?.clusterIP ?? ''}:50051`;
  expect(await call(address, 'Reserve')).toBe('2 v2');
  expect([await call(address, 'Count'), await call(address, 'Count'), await call(address, 'Count')]).toEqual(
    Array(3).fill('3 v1'),
  );
});
