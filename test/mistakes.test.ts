/** What a user sees who makes a mistake. Each is named, with where it is and what to do; nothing is half done. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '@hikyaku/service/testing';
import { eventually, hikyaku, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';
import { createWorkspace, gateway, plainServer, webWorkload } from './support/workspace.ts';
import type { TemporaryWorkspace } from './support/workspace.ts';

let workspace: TemporaryWorkspace | undefined;
let system: System | undefined;

afterEach(async () => {
  await system?.purge();
  await workspace?.remove();
  [system, workspace] = [undefined, undefined];
});

const oneService = {
  'services/web/package.json': JSON.stringify({ name: 'web', type: 'module', scripts: { start: 'node main.js' } }),
  'services/web/main.js': plainServer('web'),
};

describe('a manifest with mistakes', () => {
  it('is refused whole, with file:line:column, the line and the near match of each mistake', async () => {
    workspace = await createWorkspace({
      'deploy/web.yaml': webWorkload('web').replace('replicas: 1', 'replcias: 1').replace('kind: Service', 'kind: Servise'),
    });
    const { code, output } = await hikyaku(['up', 'deploy'], workspace.root);
    expect(code).toBe(1);
    expect(output).toMatch(/deploy\/web\.yaml:5:3.*replcias/);
    expect(output).toMatch(/did you mean.*replicas/);
    expect(output).toMatch(/did you mean.*Service/);
    expect(output).toContain('2 mistakes in the manifests; nothing was applied');
    expect(existsSync(join(workspace.root, '.hikyaku'))).toBe(false);
  });

  it('is a warning when hikyaku does not honour a valid field', async () => {
    workspace = await createWorkspace({
      ...oneService,
      'deploy/web.yaml': webWorkload('web').replace(
        '          ports:',
        '          securityContext: { runAsNonRoot: true }\n          ports:',
      ),
    });
    system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
    await system.printed(/ready in/);
    expect(system.output()).toMatch(/deploy\/web\.yaml:\d+:\d+.*securityContext/);
  });

  it('names a path that does not exist', async () => {
    workspace = await createWorkspace({});
    const { code, output } = await hikyaku(['up', 'no-such-folder'], workspace.root);
    expect(code).toBe(1);
    expect(output).toContain('no-such-folder');
  });
});

describe('a taken port', () => {
  it('is named with its holder, and nothing is started', async () => {
    workspace = await createWorkspace({ ...oneService, 'deploy/web.yaml': webWorkload('web') });
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { code, output } = await hikyaku(
      ['up', 'deploy', '--gateway-port', String(port), '--api-port', String(await freePort())],
      workspace.root,
    );
    taken.close();
    expect(code).toBe(1);
    expect(output).toContain(`port ${port} for the gateway is taken by`);
    expect(output).toContain(`(pid ${process.pid})`);
    expect(output).toContain('--gateway-port');
  });
});

describe('a workload that cannot run', () => {
  it('says where an image was looked for', async () => {
    workspace = await createWorkspace({ 'deploy/web.yaml': webWorkload('web', { image: 'registry.example/nobody-has-this:1' }) });
    system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
    await system.printed(/nobody-has-this/);
    await eventually('the reason is shown', () => (system?.output().includes('hikyaku.yaml') === true ? true : undefined));
  });

  it('shows the last log lines of a crash loop', async () => {
    workspace = await createWorkspace({
      ...oneService,
      'services/web/main.js': 'console.error("cannot find my keys"); process.exit(3);',
      'deploy/web.yaml': webWorkload('web'),
    });
    system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
    await system.printed(/cannot find my keys/);
    await system.printed(/CrashLoopBackOff.*exit code 3/);
  });

  it('is a 503 at the gateway that names the Service', async () => {
    workspace = await createWorkspace({
      'deploy/web.yaml': [webWorkload('web', { image: 'nobody-has-this' }), gateway({ '/': 'web' })].join('---\n'),
    });
    system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
    const { url } = system;
    const body = await eventually('the gateway answers', async () => {
      const response = await fetch(url);
      return response.status === 503 ? response.text() : undefined;
    });
    expect(body).toContain('web');
  });
});

describe('a second hikyaku in the same workspace', () => {
  it('is refused and the first one is named', async () => {
    workspace = await createWorkspace({ ...oneService, 'deploy/web.yaml': webWorkload('web') });
    system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
    await system.printed(/ready in/);
    const { code, output } = await hikyaku(['up', 'deploy', '--state-dir', system.stateDir], workspace.root);
    expect(code).toBe(1);
    expect(output).toContain(`pid ${system.process.pid}`);
  });
});

describe('the Kubernetes API', () => {
  it('refuses a missing and a wrong token with a Status', async () => {
    workspace = await createWorkspace({ ...oneService, 'deploy/web.yaml': webWorkload('web') });
    system = await startSystem({ cwd: workspace.root, paths: ['deploy'] });
    await system.printed(/ready in/);
    for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
      expect(await askApi(system.apiPort, headers)).toMatchObject({
        kind: 'Status',
        status: 'Failure',
        reason: 'Unauthorized',
        code: 401,
      });
    }
  });
});

/** Without verifying the certificate: these requests are refused before anything secret is said. */
function askApi(port: number, headers: Record<string, string>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/api/v1/pods', headers, rejectUnauthorized: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text)));
    })
      .on('error', reject)
      .end();
  });
}
