/** What the mesh tells a user about requests, asked the way a user asks: with the command, beside a system that runs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hikyaku, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';
import { createWorkspace, gateway, plainServer, webWorkload } from './support/workspace.ts';
import type { TemporaryWorkspace } from './support/workspace.ts';

const canary = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web }
spec:
  hosts: [web]
  http:
    - match: [{ headers: { x-beta: { exact: 'yes' } } }]
      directResponse: { status: 200, body: { string: beta } }
    - route: [{ destination: { host: web } }]
`;

let workspace: TemporaryWorkspace;
let system: System;

beforeAll(async () => {
  workspace = await createWorkspace({
    'services/web/package.json': JSON.stringify({ name: 'web', type: 'module', scripts: { start: 'node main.js' } }),
    'services/web/main.js': plainServer('web'),
    'deploy/web.yaml': webWorkload('web'),
    'deploy/gateway.yaml': gateway({ '/web': 'web', '/lost': 'nobody' }),
    'deploy/canary.yaml': canary,
  });
  system = await startSystem({ cwd: workspace.root, paths: ['deploy'], args: ['--no-watch'] });
  await system.printed(/ready in/);
});

afterAll(async () => {
  await system.purge();
  await workspace.remove();
});

function explain(...args: string[]): Promise<{ code: number | null; output: string }> {
  return hikyaku(['mesh', 'explain', ...args, '--state-dir', system.stateDir], workspace.root);
}

describe('hikyaku mesh explain', () => {
  it('says which rule takes a request and which endpoint can have it, and ends with 0', async () => {
    const { code, output } = await explain('GET', `${system.url}/web/1`);
    expect(output).toMatch(/✓ VirtualService default\/public, rule 1\n +path \/web\/1 starts with \/web/);
    expect(output).toMatch(/✓ 127\.\d+\.\d+\.\d+:8080 {2}web-/);
    expect(code).toBe(0);
  });

  it.each(['/lost', '/nothing'])('foretells the answer to %s and ends with 1', async (path) => {
    const { code, output } = await explain('GET', path, '-o', 'json');
    const answer = await fetch(system.url + path);
    const [, detail = 'no detail in the answer'] = /"detail":"([^"]+)"/.exec(await answer.text()) ?? [];
    expect(output).toContain(`"status": ${answer.status}`);
    expect(output).toContain(detail);
    expect(code).toBe(1);
  });

  it('follows a call from a Pod by the rules for calls between services', async () => {
    expect((await explain('get', 'http://web:8080/', '--from', 'web')).output).toContain('header x-beta is absent');
    expect((await explain('get', 'http://web:8080/', '--from', 'web', '-H', 'X-Beta: yes')).output).toContain(
      'answered by the proxy, 200: beta',
    );
  });

  it.each([
    [['GET', 'https://localhost/'], 'no Gateway serves TLS'],
    [['GET', '/', '--from', 'nobody'], 'no Pod is called nobody'],
    [['GET', '/', '-H', 'x'], "expected 'name: value'"],
  ])('refuses %j with the reason', async (args, reason) => {
    const { code, output } = await explain(...args);
    expect(output).toContain(reason);
    expect(code).toBe(1);
  });
});

describe('hikyaku mesh check', () => {
  it('ends with 0 on warnings, with their places, and with 1 when it is strict', async () => {
    await workspace.write(
      'shadowed/routes.yaml',
      `${webWorkload('web')}---\n${gateway({ '/web': 'web', '/web/hidden': 'web' })}`,
    );
    const { code, output } = await hikyaku(['mesh', 'check', 'shadowed'], workspace.root);
    expect(output).toMatch(
      /shadowed\/routes\.yaml:\d+:\d+: warning: VirtualService public: spec\.http\[1\] can never be reached/,
    );
    expect(output).toContain('1 file: 0 errors, 1 warning');
    expect(code).toBe(0);
    expect((await hikyaku(['mesh', 'check', '--strict', 'shadowed'], workspace.root)).code).toBe(1);
    const told = await hikyaku(['mesh', 'check', '-o', 'json', 'shadowed'], workspace.root);
    expect(JSON.parse(told.output)).toMatchObject({
      isGood: true,
      files: 1,
      errors: 0,
      warnings: 1,
      diagnostics: [{ severity: 'warning', message: expect.stringContaining('can never be reached') as string }],
    });
  });

  it('ends with 1 on an error', async () => {
    const unreadable = gateway({ '/': 'web' }).replace('prefix: /', "regex: '(?=x)'");
    await workspace.write('broken/routes.yaml', `${webWorkload('web')}---\n${unreadable}`);
    const { code, output } = await hikyaku(['mesh', 'check', 'broken'], workspace.root);
    expect(output).toMatch(/routes\.yaml:\d+:\d+: error: VirtualService public: .*is not RE2/);
    expect(code).toBe(1);
  });
});

describe('hikyaku mesh stats', () => {
  it('shows who called whom, and Prometheus reads the same', async () => {
    await fetch(`${system.url}/web/1`);
    const { code, output } = await hikyaku(['mesh', 'stats', '--state-dir', system.stateDir], workspace.root);
    expect(output).toMatch(/istio-ingressgateway +default\/web +\S+ +\d+ +100 % .* 200 × \d+/);
    expect(code).toBe(0);
    const text = await (await fetch(`http://127.0.0.1:${system.statsPort}/stats/prometheus`)).text();
    expect(text).toMatch(
      /istio_requests_total\{reporter="destination",source_workload="istio-ingressgateway".*destination_workload="web"/,
    );
  });
});
