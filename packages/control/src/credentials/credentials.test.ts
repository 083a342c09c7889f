import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCredentials } from './credentials.ts';
import { parseKubeconfig } from './kubeconfig.ts';

const dayMs = 24 * 60 * 60 * 1000;

describe('openCredentials', () => {
  let stateDir: string;
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'hikyaku-credentials-'));
  });
  afterEach(() => rm(stateDir, { recursive: true }));
  const open = (nowMs = Date.now()) => openCredentials(stateDir, { apiPort: 6443, now: () => nowMs });

  it('makes a certificate for all names of this machine, signed by an authority of its own', async () => {
    const { certificate, authority } = await open();
    const parsed = new X509Certificate(certificate);
    expect(parsed.verify(new X509Certificate(authority).publicKey)).toBe(true);
    expect(new X509Certificate(authority).ca).toBe(true);
    for (const address of ['127.0.0.1', '::1']) expect(parsed.checkIP(address), address).toBeDefined();
    for (const name of ['localhost', 'kubernetes.default.svc']) expect(parsed.checkHost(name), name).toBe(name);
  });

  it('writes a kubeconfig that leads here', async () => {
    const { kubeconfigPath, authority, token } = await open();
    expect(parseKubeconfig(await readFile(kubeconfigPath, 'utf8'))).toEqual({
      server: 'https://127.0.0.1:6443',
      authority,
      token,
    });
  });

  it('lets nobody else read them', async () => {
    await open();
    for (const name of ['kubeconfig', 'credentials/token', 'credentials/server.key'])
      expect((await stat(join(stateDir, name))).mode & 0o777, name).toBe(0o600);
    expect((await stat(join(stateDir, 'credentials'))).mode & 0o777).toBe(0o700);
  });

  it('keeps them', async () => {
    const first = await open();
    expect(await open()).toEqual(first);
  });

  it('makes new certificates before the old ones end, under the same token', async () => {
    const first = await open();
    expect((await open(Date.now() + 330 * dayMs)).certificate).toBe(first.certificate);
    const later = await open(Date.now() + 340 * dayMs);
    expect(later.certificate).not.toBe(first.certificate);
    expect(later.token).toBe(first.token);
  });

  it('makes new ones for those that are damaged', async () => {
    const first = await open();
    await truncate(join(stateDir, 'credentials/server.key'), 20);
    const second = await open();
    expect(second.key).not.toBe(first.key);
    expect(new X509Certificate(second.certificate).verify(new X509Certificate(second.authority).publicKey)).toBe(true);
  });
});

describe('parseKubeconfig', () => {
  it('says what is missing', () => {
    expect(() => parseKubeconfig('')).toThrow(/no context/);
    expect(() => parseKubeconfig('current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]')).toThrow(
      /no cluster called "c"/,
    );
  });
});
