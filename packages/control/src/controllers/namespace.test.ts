import { ConfigMaps, Deployments, Namespaces, Pods, type ConfigMap } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestSystem, templateOf, type TestSystem } from '../testing/system.ts';

describe('a Namespace that is deleted', () => {
  let system: TestSystem;
  beforeEach(async () => {
    system = startTestSystem();
    await system.store.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  });
  afterEach(() => system.close());
  const phase = async () => (await system.store.get(Namespaces, undefined, 'shop'))?.status?.phase ?? 'gone';
  const configMap = (name: string): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } });

  it('goes when everything in it has gone', async () => {
    const spec = { selector: { matchLabels: { app: 'web' } }, template: templateOf('web', 'web:1') };
    await system.store.create(Deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec,
    });
    await system.store.create(ConfigMaps, configMap('settings'));
    await vi.waitFor(async () => expect(await system.pods('web')).toHaveLength(1));
    await system.store.delete(Namespaces, undefined, 'shop');
    await vi.waitFor(async () => expect(await phase()).toBe('gone'));
    expect((await system.store.list(Pods)).items).toEqual([]);
    expect((await system.store.list(ConfigMaps)).items).toEqual([]);
  });

  it('waits for what has something to wait for, and takes nothing new', async () => {
    const held = { ...configMap('held'), metadata: { ...configMap('held').metadata, finalizers: ['example.com/backup'] } };
    await system.store.create(ConfigMaps, held);
    await system.store.delete(Namespaces, undefined, 'shop');
    await vi.waitFor(async () =>
      expect((await system.store.get(ConfigMaps, 'shop', 'held'))?.metadata.deletionTimestamp).toBeDefined(),
    );
    expect(await phase()).toBe('Terminating');
    await expect(system.store.create(ConfigMaps, configMap('late'))).rejects.toMatchObject({ reason: 'Forbidden' });
    await system.store.update(ConfigMaps, { ...held, metadata: { ...held.metadata, finalizers: [] } });
    await vi.waitFor(async () => expect(await phase()).toBe('gone'));
  });
});
