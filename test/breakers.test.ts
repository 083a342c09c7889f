/** examples/circuit-breaker and examples/sticky-sessions as a user runs them. */
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { repository, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

let system: System | undefined;

afterEach(async () => {
  await system?.purge();
  system = undefined;
});

async function start(example: string): Promise<System> {
  system = await startSystem({ cwd: join(repository, 'examples', example), paths: ['deploy'] });
  await system.printed(/ready in/);
  return system;
}

it('a Pod that fails three times in a row is left alone, and more requests at once than may wait are refused', async () => {
  const { url } = await start('circuit-breaker');
  const statuses: number[] = [];
  for (let request = 0; request < 40; request++) statuses.push((await fetch(url)).status);
  expect(statuses.filter((status) => status === 500)).toHaveLength(3);
  expect(statuses.slice(-20)).toEqual(Array<number>(20).fill(200));

  const atOnce = await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/slow`)));
  const served = atOnce.filter(({ status }) => status === 200);
  const refused = atOnce.filter(({ headers }) => headers.get('x-hikyaku-reason') === 'upstream_overflow');
  expect(served.length + refused.length).toBe(20);
  expect(served.length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
});

it('a caller that keeps its cookie stays with its Pod', async () => {
  const { url } = await start('sticky-sessions');
  const pods = new Set<string>();
  for (let caller = 0; caller < 12; caller++) {
    const first = await fetch(url);
    const [cookie = ''] = (first.headers.get('set-cookie') ?? '').split(';');
    expect(cookie).toMatch(/^cart-session=/);
    const pod = await first.text();
    pods.add(pod);
    for (let request = 0; request < 3; request++) expect(await (await fetch(url, { headers: { cookie } })).text()).toBe(pod);
  }
  expect(pods.size).toBeGreaterThan(1);
});
