/** The example of the Gateway API, run as a user runs it: what requests come to, and what the statuses say to kubectl. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { GatewayClasses, HTTPRoutes, KubernetesGateways, Services } from '@hikyaku/resources';
import type { GatewayCondition, HTTPRoute } from '@hikyaku/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hikyaku, repository, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

let system: System;
const cwd = join(repository, 'examples/gateway-api');

beforeAll(async () => {
  system = await startSystem({ cwd, paths: ['deploy'], args: ['--no-watch'] });
  await system.printed(/ready in/);
});
afterAll(() => system.purge());

const get = async (path: string, headers: Record<string, string> = {}) =>
  fetch(system.url + path, { headers, redirect: 'manual' });

describe('requests', () => {
  it('go by weight, by header, with the prefix replaced', async () => {
    const host = `localhost:${system.gatewayPort}`;
    const answers = await Promise.all(Array.from({ length: 200 }, async () => (await get('/hello/a?b=1')).text()));
    const v2 = answers.filter((answer) => answer === `v2 ${host} /a?b=1`).length;
    expect(answers.filter((answer) => answer === `v1 ${host} /a?b=1`).length).toBe(200 - v2);
    expect(Math.abs(v2 - 20)).toBeLessThan(4 * Math.sqrt(200 * 0.1 * 0.9));
    expect(await (await get('/hello', { 'x-beta': 'yes' })).text()).toBe(`v2 ${host} /hello`);
  });

  it('are redirected, refused where the backend is not there, and not found', async () => {
    const redirected = await get('/old');
    expect([redirected.status, redirected.headers.get('location')]).toEqual([301, `${system.url}/hello`]);
    expect((await get('/lost')).status).toBe(500);
    expect((await get('/helloes')).status).toBe(404);
  });

  it('to a Service go by the routes that name it as parent', async () => {
    const client = await system.client();
    const service = await client.get(Services, 'default', 'hello-v1');
    const url = `http://${service?.spec?.clusterIP ?? ''}:8080/`;
    expect(await (await fetch(url)).text()).toMatch(/^v1 /);
    expect(await (await fetch(url, { headers: { 'x-beta': 'yes' } })).text()).toMatch(/^v2 /);
  });
});

describe('statuses', () => {
  const said = (conditions: readonly GatewayCondition[] | undefined) =>
    (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

  it('say that Gateway and class are served, and how many routes there are', async () => {
    const client = await system.client();
    const gateway = await eventually('the Gateway is programmed', async () => {
      const found = await client.get(KubernetesGateways, 'default', 'public');
      return found?.status?.listeners?.[0]?.attachedRoutes === 1 ? found : undefined;
    });
    expect(said(gateway.status?.conditions)).toEqual(['Accepted=True Accepted', 'Programmed=True Programmed']);
    const classes = (await client.list(GatewayClasses)).items;
    expect(classes.map(({ metadata, status }) => [metadata.name, ...said(status?.conditions)])).toEqual([
      ['hikyaku', 'Accepted=True Accepted'],
      ['istio', 'Accepted=True Accepted'],
    ]);
  });

  it('of a route follow what it refers to', async () => {
    const client = await system.client();
    const route = (): Promise<HTTPRoute | undefined> => client.get(HTTPRoutes, 'default', 'hello');
    const resolved = async () => said((await route())?.status?.parents[0]?.conditions)[1];
    await eventually('the backend is missed', async () =>
      (await resolved()) === 'ResolvedRefs=False BackendNotFound' ? true : undefined,
    );
    const template = await client.get(Services, 'default', 'hello-v1');
    await client.create(Services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'nobody', namespace: 'default' },
      spec: { selector: template?.spec?.selector ?? {}, ports: [{ name: 'http', port: 8080 }] },
    });
    await eventually('the backend is found', async () =>
      (await resolved()) === 'ResolvedRefs=True ResolvedRefs' ? true : undefined,
    );
    await eventually('it answers', async () => ((await get('/lost')).status === 200 ? true : undefined));
    await client.delete(Services, 'default', 'nobody');
  });

  it('are explained', async () => {
    const { output } = await hikyaku(['mesh', 'explain', 'GET', '/hello', '--state-dir', system.stateDir], cwd);
    expect(output).toMatch(/✓ HTTPRoute default\/hello, rule 1\n +path \/hello is at or below \/hello/);
  });
});

const isThere = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
if (!isThere && process.env.CI === undefined)
  process.stderr.write('kubectl is missing: its tests are skipped; `npm run setup:real` installs it\n');

describe.runIf(isThere || process.env.CI !== undefined)('kubectl', () => {
  const kubectl = (...args: string[]): string =>
    execFileSync('kubectl', ['--kubeconfig', join(system.stateDir, 'kubeconfig'), ...args], {
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, HOME: system.stateDir },
    });

  it('shows the columns of the standard, and the conditions', () => {
    expect(kubectl('get', 'gateways.gateway.networking.k8s.io')).toMatch(
      /^NAME +CLASS +ADDRESS +PROGRAMMED +AGE\npublic +istio +127\.0\.0\.1 +True /,
    );
    expect(kubectl('get', 'httproutes')).toMatch(/^NAME +HOSTNAMES +AGE\n/);
    const yaml = kubectl('get', 'httproute', 'hello', '-o', 'yaml');
    expect(yaml).toContain('controllerName: hikyaku.dev/gateway-controller');
    expect(yaml).toMatch(/observedGeneration: 1\n +reason: Accepted\n +status: "True"\n +type: Accepted/);
  });
});
