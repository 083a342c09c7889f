/** The examples of docs/mesh.md as a user runs them, one after the other. */
import { afterEach, expect, it } from 'vitest';
import { startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

let system: System | undefined;

afterEach(async () => {
  await system?.purge();
  system = undefined;
});

async function start(example: string): Promise<(path: string, headers?: Record<string, string>) => Promise<Response>> {
  const started = (system = await startSystem({ paths: [`examples/${example}/deploy`] }));
  await started.printed(/ready in/);
  return (path, headers = {}) => fetch(started.url + path, { headers });
}

it('header-routing sends those who ask for the beta to v2', async () => {
  const ask = await start('header-routing');
  const versionFor = async (headers: Record<string, string>) => (await ask('/', headers)).text();
  expect(await versionFor({ 'x-beta': 'yes' })).toBe('v2');
  expect(await versionFor({ cookie: 'a=b; beta=1' })).toBe('v2');
  expect(await versionFor({ 'x-beta': 'no' })).toBe('v1');
  expect(await versionFor({ cookie: 'notbeta=1' })).toBe('v1');
  expect((await ask('/', { 'x-beta': 'yes' })).headers.get('x-served-by')).toBe('beta');
});

it('retries hides every second answer of a service that fails', async () => {
  const ask = await start('retries');
  const statusesOf = async (path: string) => {
    const statuses: number[] = [];
    for (let request = 0; request < 40; request++) statuses.push((await ask(path)).status);
    return statuses;
  };
  expect(new Set(await statusesOf('/with'))).toEqual(new Set([200]));
  expect((await statusesOf('/without')).filter((status) => status === 503)).toHaveLength(20);
});

it('fault-injection makes a service slow, and makes it fail, for those who ask for it', async () => {
  const ask = await start('fault-injection');
  const begun = performance.now();
  expect((await ask('/', { 'x-chaos': 'slow' })).status).toBe(200);
  expect(performance.now() - begun).toBeGreaterThan(395);
  const replies = await Promise.all(Array.from({ length: 200 }, () => ask('/', { 'x-chaos': 'failing' })));
  const failed = replies.filter(({ status }) => status === 503);
  expect(Math.abs(failed.length - 100)).toBeLessThan(4 * Math.sqrt(200 * 0.5 * 0.5));
  expect(failed[0]?.headers.get('x-hikyaku-reason')).toBe('fault_injected');
  expect((await ask('/')).status).toBe(200);
});
