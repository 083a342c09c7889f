/** Real kubectl against a running system. Needs kubectl (`npm run setup:real`); without it these tests say so, and fail in CI. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';
import { createWorkspace, gateway, plainServer, webWorkload } from './support/workspace.ts';
import type { TemporaryWorkspace } from './support/workspace.ts';

const isThere = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
if (!isThere && process.env.CI === undefined)
  process.stderr.write('kubectl is missing: its tests are skipped; `npm run setup:real` installs it\n');

describe.runIf(isThere || process.env.CI !== undefined)('kubectl', () => {
  let workspace: TemporaryWorkspace;
  let system: System;

  beforeAll(async () => {
    workspace = await createWorkspace({
      'services/web/package.json': JSON.stringify({ name: 'web', type: 'module', scripts: { start: 'node main.js' } }),
      'services/web/main.js': `console.log('serving');\n${plainServer('web')}`,
      'deploy/system.yaml': [webWorkload('web'), gateway({ '/': 'web' })].join('---\n'),
    });
    system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
    await system.printed(/ready in/);
  });
  afterAll(async () => {
    await system.purge();
    await workspace.remove();
  });

  const kubectl = (...args: string[]): string =>
    execFileSync('kubectl', ['--kubeconfig', join(system.stateDir, 'kubeconfig'), ...args], {
      encoding: 'utf8',
      timeout: 30_000,
      // Its discovery cache belongs to this system, not to the user.
      env: { ...process.env, HOME: system.stateDir },
    });

  it('lists, describes and reads logs', () => {
    expect(kubectl('get', 'pods')).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\nweb-\S+ +1\/1 +Running/);
    expect(kubectl('get', 'deployments,services')).toContain('deployment.apps/web');
    expect(kubectl('describe', 'deployment', 'web')).toContain('NewReplicaSetAvailable');
    const [pod] = kubectl('get', 'pods', '-o', 'name').trim().split('\n');
    expect(kubectl('logs', pod ?? '')).toContain('serving');
  });

  it('scales, and the Service answers from all of them', async () => {
    kubectl('scale', 'deployment', 'web', '--replicas=3');
    expect(kubectl('rollout', 'status', 'deployment', 'web', '--timeout=20s')).toContain('successfully rolled out');
    expect(kubectl('get', 'pods', '--field-selector=status.phase=Running', '-o', 'name').trim().split('\n')).toHaveLength(3);
    await eventually('the gateway answers', async () => ((await fetch(system.url)).status === 200 ? true : undefined));
  });

  // --validate=false: kubectl before 1.27 (Debian's) checks against /openapi/v2, which the server does not have. The server checks by itself.
  it('applies a file, restarts and deletes', async () => {
    await workspace.write(
      'more.yaml',
      webWorkload('web').replace('name: web }', 'name: second }').replaceAll('app: web', 'app: second'),
    );
    expect(kubectl('apply', '--validate=false', '-f', join(workspace.root, 'more.yaml'))).toContain(
      'deployment.apps/second created',
    );
    expect(kubectl('rollout', 'status', 'deployment', 'second', '--timeout=20s')).toContain('successfully rolled out');
    kubectl('rollout', 'restart', 'deployment', 'second');
    expect(kubectl('rollout', 'status', 'deployment', 'second', '--timeout=20s')).toContain('successfully rolled out');
    expect(kubectl('delete', 'deployment', 'second')).toContain('deleted');
    await eventually('its Pods are gone', () =>
      kubectl('get', 'pods', '-l', 'app=second', '-o', 'name').trim() === '' ? true : undefined,
    );
  });

  it('is told what is wrong with a manifest', async () => {
    await workspace.write('wrong.yaml', webWorkload('wrong').replace('replicas: 1', 'replicas: many'));
    expect(() => kubectl('apply', '--validate=false', '-f', join(workspace.root, 'wrong.yaml'))).toThrow(/replicas/);
  });
});
