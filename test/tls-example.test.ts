/** examples/tls as a user runs it: a certificate of their own, Istio's Gateway and the Gateway API's on one port. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesGateways } from '@hikyaku/resources';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, hikyaku, repository, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

const cwd = join(repository, 'examples/tls');
const hosts = ['shop.localhost', 'api.localhost'];

let directory: string;
let certificate: string;
let system: System;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hikyaku-tls-'));
  const secret = execFileSync('sh', ['make-certificate.sh'], { cwd, encoding: 'utf8' });
  const file = join(directory, 'secret.yaml');
  await writeFile(file, secret, { mode: 0o600 });
  certificate = Buffer.from(/tls\.crt: (\S+)/.exec(secret)?.[1] ?? '', 'base64').toString();
  system = await startSystem({ cwd, paths: ['deploy', file], args: ['--no-watch'] });
  await system.printed(/ready in/);
});

afterAll(async () => {
  await system.purge();
  await rm(directory, { recursive: true, force: true });
});

it.each(hosts)('serves https://%s with the certificate, and sends there who comes without TLS', async (host) => {
  const secure = {
    host: '127.0.0.1',
    port: system.gatewayTlsPort,
    servername: host,
    ca: certificate,
    headers: { host },
    agent: false,
  };
  const [response] = (await once(httpsRequest(secure).end(), 'response')) as [IncomingMessage];
  expect([response.statusCode, String((await once(response, 'data'))[0])]).toEqual([200, 'hello']);
  const plain = { host: '127.0.0.1', port: system.gatewayPort, path: '/tea', headers: { host }, agent: false };
  const [redirect] = (await once(httpRequest(plain).end(), 'response')) as [IncomingMessage];
  redirect.resume();
  expect([redirect.statusCode, redirect.headers.location]).toEqual([301, `https://${host}:${system.gatewayTlsPort}/tea`]);
});

it('says in the status of the Gateway that the certificate was found', async () => {
  const client = await system.client();
  const reason = await eventually('the listener is programmed', async () => {
    const gateway = await client.get(KubernetesGateways, 'default', 'api');
    const conditions = gateway?.status?.listeners?.find(({ name }) => name === 'https')?.conditions;
    return conditions?.find(({ type, status }) => type === 'ResolvedRefs' && status === 'True')?.reason;
  });
  expect(reason).toBe('ResolvedRefs');
});

it('is explained', async () => {
  const url = `https://api.localhost:${system.gatewayTlsPort}/`;
  const { output } = await hikyaku(['mesh', 'explain', 'GET', url, '--state-dir', system.stateDir], cwd);
  expect(output).toContain('✓ HTTPRoute default/api, rule 1');
});
