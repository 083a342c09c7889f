import { openStore } from '@hikyaku/control';
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
  it('tells in plain words what the store refuses', async () => {
    const store = openStore({ file: ':memory:' });
    const service = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { clusterIP: '127.96.0.77', ports: [{ port: 80 }] },
    });
    const refusal = await applyAll(store, [service('first'), service('second')]).catch((error: unknown) => error);
    store.close();
    expect(refusal).toBeInstanceOf(Failure);
    expect(String(refusal)).toMatch(/"second".*127\.96\.0\.77, which another Service has/);
  });
});
