/** `hikyaku proxy`: the proxy alone, by an Envoy bootstrap file, as a process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '@hikyaku/service/testing';
import { eventually, hikyaku, repository } from './support/system.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hikyaku-proxy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeConfig(change: (example: string) => string): Promise<string> {
  const file = join(folder, 'envoy.yaml');
  await writeFile(file, change(await readFile(join(repository, 'examples/envoy/envoy.yaml'), 'utf8')));
  return file;
}

it('serves what the file says until Ctrl-C, and finishes what is under way', async () => {
  let answer: (() => void) | undefined;
  const backend = createServer((request, response) => {
    if (request.url === '/one/slow') answer = () => response.end('finished');
    else response.end('one');
  }).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const address = backend.address();
  const [front, port] = [await freePort(), typeof address === 'object' ? address?.port : undefined];
  const config = await writeConfig((text) => text.replaceAll('10000', String(front)).replaceAll('8081', String(port)));
  const child = spawn(process.execPath, [join(repository, 'packages/cli/bin/hikyaku.mjs'), 'proxy', '-c', config], {
    stdio: 'ignore',
  });
  try {
    const url = `http://localhost:${front}/service/1`;
    expect(await eventually('it answers', async () => (await fetch(url)).text())).toBe('one');
    const slow = fetch(`${url}/slow`);
    await eventually('the request is under way', () => answer);
    child.kill('SIGINT');
    await eventually('nothing new is taken', async () => {
      try {
        await fetch(url, { headers: { connection: 'close' } });
        return undefined;
      } catch {
        return true;
      }
    });
    answer?.();
    expect(await (await slow).text()).toBe('finished');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  } finally {
    child.kill('SIGKILL');
    backend.closeAllConnections();
    backend.close();
  }
});

it('says with --check what is wrong, where, and ends with 1', async () => {
  const config = await writeConfig((text) =>
    text.replace('cluster: service1,', 'cluster: nobody,').replace('timeout: 3s', 'priority: HIGH'),
  );
  const { code, output } = await hikyaku(['proxy', '--check', '-c', config]);
  expect(output).toMatch(/envoy\.yaml:\d+:\d+: error: .*route\.cluster names the cluster nobody/);
  expect(output).toMatch(/envoy\.yaml:\d+:\d+: warning: .*route\.priority has no effect here/);
  expect(code).toBe(1);
});
