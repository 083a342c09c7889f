import { describe, expect, it } from 'vitest';
import { applyStrategicMergePatch } from './strategic-merge.ts';

const podSpec = () => ({
  spec: {
    containers: [
      { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] },
      { name: 'log', image: 'log:1' },
    ],
    tolerations: [{ key: 'a' }],
  },
});

describe('applyStrategicMergePatch', () => {
  it('merges list items by their key', () => {
    const patch = {
      spec: { containers: [{ name: 'web', image: 'web:2', env: [{ name: 'B', value: '2' }], ports: [{ containerPort: 81 }] }] },
    };
    expect(applyStrategicMergePatch(podSpec(), patch)).toMatchObject({
      spec: {
        containers: [
          {
            name: 'web',
            image: 'web:2',
            env: [{ name: 'A' }, { name: 'B' }],
            ports: [{ containerPort: 80 }, { containerPort: 81 }],
          },
          { name: 'log', image: 'log:1' },
        ],
      },
    });
  });

  it('replaces lists without a key as a whole', () => {
    expect(applyStrategicMergePatch(podSpec(), { spec: { tolerations: [{ key: 'b' }] } })).toMatchObject({
      spec: { tolerations: [{ key: 'b' }] },
    });
  });

  it('removes what is null, and items the patch says to delete', () => {
    const patch = { spec: { tolerations: null, containers: [{ name: 'log', $patch: 'delete' }] } };
    const { spec } = applyStrategicMergePatch(podSpec(), patch) as ReturnType<typeof podSpec>;
    expect(spec).not.toHaveProperty('tolerations');
    expect(spec.containers.map(({ name }) => name)).toEqual(['web']);
  });

  it('replaces an object, or a list, that the patch says to replace', () => {
    expect(
      applyStrategicMergePatch(
        { strategy: { type: 'RollingUpdate', rollingUpdate: {} } },
        { strategy: { $patch: 'replace', type: 'Recreate' } },
      ),
    ).toEqual({ strategy: { type: 'Recreate' } });
    const patch = { spec: { containers: [{ $patch: 'replace' }, { name: 'new', image: 'new:1' }] } };
    expect(applyStrategicMergePatch(podSpec(), patch)).toMatchObject({ spec: { containers: [{ name: 'new' }] } });
  });

  it('keeps only the members the patch names to be retained', () => {
    const volumes = [{ name: 'data', emptyDir: {} }];
    const patch = { volumes: [{ $retainKeys: ['name', 'secret'], name: 'data', secret: { secretName: 'x' } }] };
    expect(applyStrategicMergePatch({ volumes }, patch)).toEqual({ volumes: [{ name: 'data', secret: { secretName: 'x' } }] });
  });

  it('orders items as the patch says', () => {
    const patch = {
      spec: { '$setElementOrder/containers': [{ name: 'log' }, { name: 'web' }], containers: [{ name: 'log', image: 'log:2' }] },
    };
    const { spec } = applyStrategicMergePatch(podSpec(), patch) as ReturnType<typeof podSpec>;
    expect(spec.containers.map(({ name }) => name)).toEqual(['log', 'web']);
    expect(spec).not.toHaveProperty('$setElementOrder/containers');
  });

  it('adds to sets and takes out of them', () => {
    const target = { metadata: { finalizers: ['a', 'b'] } };
    expect(applyStrategicMergePatch(target, { metadata: { finalizers: ['b', 'c'] } })).toEqual({
      metadata: { finalizers: ['a', 'b', 'c'] },
    });
    expect(applyStrategicMergePatch(target, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } })).toEqual({
      metadata: { finalizers: ['b'] },
    });
  });

  it('knows ports of a Service by their number', () => {
    const target = { spec: { ports: [{ port: 80, targetPort: 8080 }] } };
    expect(applyStrategicMergePatch(target, { spec: { ports: [{ port: 80, targetPort: 9090 }] } })).toEqual({
      spec: { ports: [{ port: 80, targetPort: 9090 }] },
    });
  });

  it('refuses an item that cannot be found', () => {
    expect(() => applyStrategicMergePatch(podSpec(), { spec: { containers: [{ image: 'web:2' }] } })).toThrow(
      /spec.containers in the patch has no name/,
    );
  });

  it('does not touch its input', () => {
    const target = podSpec();
    applyStrategicMergePatch(target, {
      spec: {
        containers: [
          { name: 'web', image: 'web:2' },
          { name: 'log', $patch: 'delete' },
        ],
      },
    });
    expect(target).toEqual(podSpec());
  });
});
