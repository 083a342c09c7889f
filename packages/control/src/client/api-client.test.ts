import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigMaps, Pods, ResourceError, type ConfigMap } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../store/store.ts';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/api.ts';
import { connect, type ApiClient } from './api-client.ts';
import { describeResourceClient } from './resource-client.suite.ts';

describeResourceClient('the API client', async () => {
  const api = await startTestApi();
  return { client: await connect(api.credentials.kubeconfigPath), close: () => api.close() };
});

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

describe('the API client', () => {
  let stateDir: string;
  let api: TestApi;
  let client: ApiClient;
  let stop: AbortController;
  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'hikyaku-client-'));
    api = await startTestApi({ stateDir });
    client = await connect(api.credentials.kubeconfigPath);
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await api.close();
    await rm(stateDir, { recursive: true });
  });
  const watchNames = () => {
    const events: string[] = [];
    client.watch(ConfigMaps, { signal: stop.signal }, ({ type, object }) => events.push(`${type} ${object.metadata.name}`));
    return events;
  };
  const restart = async (options: TestApiOptions) => {
    api = await startTestApi({ stateDir, port: Number(new URL(api.url).port), ...options });
  };

  it('goes on watching when the server comes back, and tells what happened meanwhile', async () => {
    const events = watchNames();
    await client.create(ConfigMaps, configMap('a'));
    await vi.waitFor(() => expect(events).toEqual(['ADDED a']));
    const { store } = api;
    await api.close();
    await store.create(ConfigMaps, configMap('b'));
    await store.delete(ConfigMaps, 'default', 'a');
    await restart({ store });
    await vi.waitFor(() => expect(events).toEqual(['ADDED a', 'ADDED b', 'DELETED a']), { timeout: 5000 });
  });

  it('finds out what a server that lost its state no longer has', async () => {
    for (const name of ['a', 'b', 'c']) await client.create(ConfigMaps, configMap(name));
    const events = watchNames();
    await vi.waitFor(() => expect(events).toHaveLength(3));
    await api.close();
    await restart({ store: openStore({ file: ':memory:' }) });
    await vi.waitFor(() => expect(events.slice(3)).toEqual(['DELETED a', 'DELETED b', 'DELETED c']), { timeout: 5000 });
  });

  it('says that nobody answers', async () => {
    await api.close();
    await expect(client.list(ConfigMaps)).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
    await expect(connect(api.credentials.kubeconfigPath)).rejects.toThrow(/does not answer/);
  });

  it('reads logs line by line', async () => {
    await client.create(Pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      spec: { containers: [{ name: 'main', image: 'app' }] },
    });
    const lines = await collect(client.logs('default', 'web', { tailLines: 2 }));
    expect(lines).toEqual(['default/web/main 1', 'default/web/main 2']);
    await expect(collect(client.logs('default', 'none'))).rejects.toThrow(ResourceError);
  });

  it('applies: what is no longer said goes, what others said stays', async () => {
    await client.apply(configMap('settings', { color: 'blue', size: 'small' }));
    await client.apply(configMap('settings', { shape: 'round' }), { fieldManager: 'other' });
    expect((await client.apply(configMap('settings', { color: 'red' }))).data).toEqual({ color: 'red', shape: 'round' });
  });

  it('gets the table that kubectl prints', async () => {
    await client.create(ConfigMaps, configMap('settings', { color: 'blue' }));
    expect(await client.table(ConfigMaps)).toMatchObject({
      kind: 'Table',
      rows: [{ cells: ['settings', 1, expect.any(String) as string] }],
    });
  });
});
