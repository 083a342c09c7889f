import { openStore } from '@hikyaku/control';
import { Services } from '@hikyaku/resources';
import type { Service } from '@hikyaku/resources';
import { describe, expect, it } from 'vitest';
import { applyAll, threeWayMerge } from './apply.ts';
import { Failure } from './failure.ts';

describe('three-way merge', () => {
  it('keeps what somebody else set', () => {
    const current = { spec: { replicas: 1, clusterIP: '127.96.0.2' } };
    expect(threeWayMerge({ spec: { replicas: 1 } }, { spec: { replicas: 3 } }, current)).toEqual({
      spec: { replicas: 3, clusterIP: '127.96.0.2' },
    });
  });

  it('removes what was applied before and is gone from the file', () => {
    expect(threeWayMerge({ spec: { a: 1, b: 2 } }, { spec: { a: 1 } }, { spec: { a: 1, b: 2, c: 3 } })).toEqual({
      spec: { a: 1, c: 3 },
    });
  });

  it('treats lists as values', () => {
    expect(threeWayMerge({ args: ['a', 'b'] }, { args: ['c'] }, { args: ['a', 'b'] })).toEqual({ args: ['c'] });
  });

  it('takes over an object that was not applied before', () => {
    expect(threeWayMerge(undefined, { spec: { a: 2 } }, { spec: { a: 1, b: 1 } })).toEqual({ spec: { a: 2, b: 1 } });
  });
});

describe('applying', () => {
  const service = (name: string, clusterIP?: string): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ port: 80 }], ...(clusterIP !== undefined && { clusterIP }) },
  });

  it('tells in plain words what the store refuses, and leaves nothing half done', async () => {
    const store = openStore({ file: ':memory:' });
    applyAll(store, [service('kept')]);
    const before = store.resourceVersion;
    const colliding = [service('first', '127.96.0.77'), service('second', '127.96.0.77')];
    expect(() => applyAll(store, colliding)).toThrow(Failure);
    expect(() => applyAll(store, colliding)).toThrow(/"second".*127\.96\.0\.77, which another Service has/);
    const { items } = await store.list(Services);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['kept']);
    expect(store.resourceVersion).toBe(before);
    store.close();
  });

  it('removes what the files no longer hold, and nothing it did not apply', async () => {
    const store = openStore({ file: ':memory:' });
    await store.create(Services, service('foreign'));
    applyAll(store, [service('one'), service('two')]);
    const { pruned, unchanged } = applyAll(store, [service('two')]);
    expect(pruned.map(({ metadata }) => metadata.name)).toEqual(['one']);
    expect(unchanged).toHaveLength(1);
    const { items } = await store.list(Services);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['foreign', 'two']);
    store.close();
  });
});
