/** examples/canary as a user runs it: two versions of one service, a share of the traffic for the new one. */
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { repository, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

let system: System | undefined;

afterEach(async () => {
  await system?.purge();
  system = undefined;
});

it('sends each version the share its weight says, within 4 σ', async () => {
  system = await startSystem({ cwd: join(repository, 'examples/canary'), paths: ['deploy'] });
  await system.printed(/ready in/);
  const requests = 1000;
  let toV2 = 0;
  for (let request = 0; request < requests; request++) {
    const version = await (await fetch(system.url)).text();
    expect(version).toMatch(/^v[12]$/);
    if (version === 'v2') toV2++;
  }
  expect(Math.abs(toV2 - requests * 0.1)).toBeLessThan(4 * Math.sqrt(requests * 0.1 * 0.9));
});
