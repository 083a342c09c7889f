import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigMaps, Namespaces, Services, type ConfigMap, type Service } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeResourceClient } from '../client/resource-client.suite.ts';
import { openStore, type Store } from './store.ts';

describeResourceClient('the store', () => {
  const store = openStore({ file: ':memory:' });
  const close = () => {
    store.close();
    return Promise.resolve();
  };
  return Promise.resolve({ client: store, close });
});

const configMap = (name: string): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

describe('the store on disk', () => {
  let folder: string;
  let file: string;
  let stores: Store[];
  const open = () => {
    const store = openStore({ file });
    stores.push(store);
    return store;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hikyaku-store-'));
    file = join(folder, 'store.db');
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) store.close();
    await rm(folder, { recursive: true });
  });

  it('begins with the namespaces default, kube-system and istio-system', async () => {
    const { items } = await open().list(Namespaces);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['default', 'istio-system', 'kube-system']);
  });

  it('has its objects and goes on counting after it was closed', async () => {
    const first = open();
    const { metadata } = await first.create(ConfigMaps, configMap('a'));
    first.close();
    const second = open();
    expect(await second.get(ConfigMaps, 'default', 'a')).toMatchObject({ metadata });
    const later = await second.create(ConfigMaps, configMap('b'));
    expect(Number(later.metadata.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion));
  });

  it('lets a watch go on from a version of before it was closed', async () => {
    const first = open();
    const { resourceVersion } = await first.list(ConfigMaps);
    await first.create(ConfigMaps, configMap('a'));
    first.close();
    const names: string[] = [];
    open().watch(ConfigMaps, { resourceVersion, signal: AbortSignal.timeout(10_000) }, ({ object }) =>
      names.push(object.metadata.name),
    );
    await vi.waitFor(() => expect(names).toEqual(['a']));
  });

  it('is readable by its owner only', async () => {
    await open().create(ConfigMaps, configMap('a'));
    for (const name of [file, `${file}-wal`]) expect((await stat(name)).mode & 0o777, name).toBe(0o600);
  });

  it('has every acknowledged write after the writer was killed with -9', async () => {
    const writer = fork(new URL('./testing/endless-writer.ts', import.meta.url), [file]);
    let acknowledged = 0;
    writer.on('message', (count) => (acknowledged = Number(count)));
    await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(200), { timeout: 15_000 });
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    const { items } = await open().list(ConfigMaps);
    const names = new Set(items.map(({ metadata }) => metadata.name));
    const missing = Array.from({ length: acknowledged }, (_, index) => `n-${index}`).filter((name) => !names.has(name));
    expect(missing).toEqual([]);
  });

  it('refuses a second process with words that say why', async () => {
    const writer = fork(new URL('./testing/endless-writer.ts', import.meta.url), [file]);
    await once(writer, 'message');
    expect(() => open()).toThrow(/in use by another hikyaku/);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
  });
});

describe('the store', () => {
  it('says that a version is too old to watch from', async () => {
    const store = openStore({ file: ':memory:' });
    const start = store.resourceVersion;
    let object = await store.create(ConfigMaps, configMap('a'));
    for (let count = 0; count < 12_000; count++)
      object = await store.update(ConfigMaps, { ...object, data: { count: String(count) } });
    const observe = () =>
      store.observe(ConfigMaps, { resourceVersion: start, signal: AbortSignal.timeout(10_000) }, () => undefined);
    expect(observe).toThrow(expect.objectContaining({ reason: 'Expired' }) as Error);
    store.close();
  });

  it('keeps nothing of a dry run, and tells nobody', async () => {
    const store = openStore({ file: ':memory:' });
    const before = store.resourceVersion;
    const seen: string[] = [];
    store.watch(ConfigMaps, { signal: AbortSignal.timeout(10_000) }, ({ object }) => seen.push(object.metadata.name));
    expect(await store.create(ConfigMaps, configMap('a'), { dryRun: true })).toMatchObject({ metadata: { name: 'a' } });
    expect(store.resourceVersion).toBe(before);
    await store.create(ConfigMaps, configMap('b'));
    await vi.waitFor(() => expect(seen).toEqual(['b']));
    store.close();
  });

  it('gives a Service that comes back the address it had', async () => {
    const store = openStore({ file: ':memory:' });
    const cart: Service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' }, spec: { ports: [{ port: 80 }] } };
    const { spec } = await store.create(Services, cart);
    await store.delete(Services, 'default', 'cart');
    expect((await store.create(Services, cart)).spec?.clusterIP).toBe(spec?.clusterIP);
    store.close();
  });

  it('refuses an address that another Service has or that is none of ours', async () => {
    const store = openStore({ file: ':memory:' });
    const asking = (name: string, clusterIP: string): Service => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { clusterIP, ports: [{ port: 80 }] },
    });
    await store.create(Services, asking('cart', '127.100.0.7'));
    await expect(store.create(Services, asking('order', '127.100.0.7'))).rejects.toThrow(/another Service has/);
    await expect(store.create(Services, asking('order', '10.0.0.1'))).rejects.toThrow(/127\.96\.0\.0\/12/);
    store.close();
  });
});
