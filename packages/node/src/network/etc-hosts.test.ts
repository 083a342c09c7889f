import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEtcHosts, formatEtcHosts } from './etc-hosts.ts';
import { whyNoNamespaces, withHosts } from './mount-namespace.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hikyaku-hosts-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const owner = () => ({ namespace: 'shop', directory, podIp: '127.17.5.5', hostname: 'cart-1' });

describe("a Pod's /etc/hosts", () => {
  it('has the Services that have an address, no wildcards, the Pod for this machine, and the other entries of the machine', () => {
    const machine = '# mine\n127.0.0.1 localhost laptop\n::1 localhost\n10.1.2.3 registry.example\n';
    expect(
      formatEtcHosts(owner(), '- asleep\n127.96.0.9 orders orders.shop\n127.240.1.1 *.example.com\n', machine).split('\n'),
    ).toEqual(['127.17.5.5 localhost cart-1', '127.96.0.9 orders orders.shop', '10.1.2.3 registry.example', '']);
  });

  it('follows the Services in the same file, also when it becomes shorter, until its Pod is gone', async () => {
    let lines = '127.96.0.9 orders orders.shop orders.shop.svc\n127.96.0.10 payments\n';
    const hosts = createEtcHosts(() => lines, '/nowhere');
    const file = await hosts.file(owner());
    const { ino } = await stat(file);
    lines = '127.96.0.11 orders\n';
    await hosts.refresh();
    expect(await readFile(file, 'utf8')).toBe('127.17.5.5 localhost cart-1\n127.96.0.11 orders\n');
    expect((await stat(file)).ino).toBe(ino);
    await rm(directory, { recursive: true });
    lines = '';
    await hosts.refresh();
    await hosts.refresh();
  });
});

describe('a program with a hosts file of its own', () => {
  const env = { PATH: process.env.PATH ?? '' };
  const run = ([command = '', ...args]: readonly string[]) => spawnSync(command, args, { encoding: 'utf8' });

  it.skipIf(whyNoNamespaces() !== undefined)(
    'sees it as /etc/hosts, as the user it would be anyway, and nobody else does',
    async () => {
      const file = join(directory, 'hosts');
      await writeFile(file, '127.96.0.9 orders\n');
      const { stdout, stderr } = run(withHosts(file, { argv: ['sh', '-c', 'cat /etc/hosts; id -u'], cwd: '/', env }));
      expect(stderr).toBe('');
      expect(stdout).toBe(`127.96.0.9 orders\n${process.getuid?.() ?? ''}\n`);
      expect(await readFile('/etc/hosts', 'utf8')).not.toContain('orders');
    },
  );

  it('is left as it is when it is Node, or not there', () => {
    for (const argv of [['node', 'main.js'], ['/opt/bin/node'], ['no-such-program'], ['./no-such-program']])
      expect(withHosts('/etc/hosts', { argv, cwd: directory, env })).toEqual(argv);
  });
});
