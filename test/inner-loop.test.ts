/** Changing a source file rolls that workload alone, and callers at the gateway do not notice. */
import { Pods } from '@hikyaku/resources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';
import { createWorkspace, gateway, plainServer, webWorkload } from './support/workspace.ts';
import type { TemporaryWorkspace } from './support/workspace.ts';

let workspace: TemporaryWorkspace;
let system: System;

beforeAll(async () => {
  workspace = await createWorkspace({
    'services/greeter/package.json': JSON.stringify({ name: 'greeter', type: 'module', scripts: { start: 'node main.js' } }),
    'services/greeter/main.js': plainServer('hello'),
    'services/other/package.json': JSON.stringify({ name: 'other', type: 'module', scripts: { start: 'node main.js' } }),
    'services/other/main.js': plainServer('other'),
    'deploy/system.yaml': [webWorkload('greeter'), webWorkload('other'), gateway({ '/other': 'other', '/': 'greeter' })].join(
      '---\n',
    ),
  });
  system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
  await system.printed(/ready in/);
});
afterAll(async () => {
  await system.purge();
  await workspace.remove();
});

const answer = async (path: string): Promise<string> => {
  const response = await fetch(`${system.url}${path}`);
  const body = await response.text();
  return response.status === 200 ? body : `${response.status} ${body}`;
};

const podNames = async (): Promise<string[]> =>
  (await (await system.client()).list(Pods)).items.map(({ metadata }) => metadata.name);

it('rolls only the workload whose source changed, with no failed request', async () => {
  const before = await podNames();
  const answers = new Map<string, number>();
  let rolling = true;
  const callers = Array.from({ length: 4 }, async () => {
    while (rolling) {
      const text = await answer('/').catch(String);
      answers.set(text, (answers.get(text) ?? 0) + 1);
    }
  });
  await workspace.write('services/greeter/main.js', plainServer('good day'));
  await eventually('the new code answers', () => (answers.has('good day') ? true : undefined));
  await eventually('the old Pod is gone', async () => ((await podNames()).length === before.length ? true : undefined));
  rolling = false;
  await Promise.all(callers);

  expect([...answers.keys()].sort()).toEqual(['good day', 'hello']);
  const after = await podNames();
  const isOther = (name: string): boolean => name.startsWith('other-');
  expect(after.filter(isOther)).toEqual(before.filter(isOther));
  expect(after.filter((name) => !isOther(name))).not.toEqual(before.filter((name) => !isOther(name)));
  expect(system.output()).toContain('greeter: main.js changed');
});

it('watches from the start: a service that never came up is mended in its source', async () => {
  const broken = await createWorkspace({
    'services/late/package.json': JSON.stringify({ name: 'late', type: 'module', scripts: { start: 'node main.js' } }),
    'services/late/main.js': 'throw new Error("half-typed");',
    'deploy/system.yaml': webWorkload('late'),
  });
  const starting = await startSystem({ cwd: broken.root, paths: ['deploy'] });
  try {
    await starting.printed(/CrashLoopBackOff/);
    await broken.write('services/late/main.js', plainServer('mended'));
    await starting.printed(/main\.js changed, rolling/);
    await starting.printed(/ready in/);
  } finally {
    await starting.purge();
    await broken.remove();
  }
});

it('keeps the old one serving when the change does not start, and says why', async () => {
  await workspace.write('services/greeter/main.js', 'throw new Error("half-typed");');
  await system.printed(/half-typed/);
  expect(await answer('/')).toBe('good day');
  await workspace.write('services/greeter/main.js', plainServer('mended'));
  await eventually('the mended code answers', async () => ((await answer('/')) === 'mended' ? true : undefined));
});
