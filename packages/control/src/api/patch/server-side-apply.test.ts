import { describe, expect, it } from 'vitest';
import { applyServerSide } from './server-side-apply.ts';

type Json = Record<string, unknown>;

const now = new Date('2026-01-01T00:00:00Z');
const apply = (live: Json | undefined, wanted: Json, manager = 'me', force = false) =>
  applyServerSide(live, wanted, { manager, force, now });
const deployment = (spec: Json, metadata: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', ...metadata },
  spec,
});
const specOf = (object: Json) => object.spec;

describe('applyServerSide', () => {
  it('creates, and remembers whose the fields are', () => {
    const object = apply(undefined, deployment({ replicas: 2 }));
    expect(object).toMatchObject({ spec: { replicas: 2 }, metadata: { name: 'web' } });
    expect(object.metadata).toMatchObject({
      managedFields: [{ manager: 'me', operation: 'Apply', apiVersion: 'apps/v1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }],
    });
  });

  it('removes what its manager no longer wants, and leaves the rest', () => {
    const first = apply(undefined, deployment({ replicas: 2, paused: true }));
    const byOthers = { ...first, spec: { ...(first.spec as Json), minReadySeconds: 5 } };
    expect(specOf(apply(byOthers, deployment({ replicas: 3 })))).toEqual({ replicas: 3, minReadySeconds: 5 });
  });

  it('keeps what another manager wants too', () => {
    const both = apply(apply(undefined, deployment({ replicas: 2, paused: true })), deployment({ paused: true }), 'other');
    expect(specOf(apply(both, deployment({ replicas: 2 })))).toEqual({ replicas: 2, paused: true });
  });

  it('refuses to change what another manager wants to be different, unless forced', () => {
    const theirs = apply(undefined, deployment({ replicas: 2 }), 'other');
    expect(() => apply(theirs, deployment({ replicas: 3 }))).toThrow(/conflict with "other": \.spec\.replicas/);
    expect(specOf(apply(theirs, deployment({ replicas: 3 }), 'me', true))).toEqual({ replicas: 3 });
  });

  it('merges and removes list items by their key', () => {
    const containers = (...images: string[]) =>
      deployment({ template: { spec: { containers: images.map((image) => ({ name: image, image })) } } });
    const first = apply(undefined, containers('a', 'b'));
    const withSidecar = apply(first, containers('sidecar'), 'injector');
    expect(specOf(apply(withSidecar, containers('a')))).toEqual({
      template: {
        spec: {
          containers: [
            { name: 'a', image: 'a' },
            { name: 'sidecar', image: 'sidecar' },
          ],
        },
      },
    });
  });

  it('removes maps and lists that nothing is left of', () => {
    const first = apply(
      undefined,
      deployment(
        { template: { spec: { nodeSelector: { a: '1' }, volumes: [{ name: 'data', emptyDir: {} }] } } },
        { labels: { a: '1' } },
      ),
    );
    const second = apply(first, deployment({ template: { spec: {} } }));
    expect(second).toMatchObject({ spec: { template: { spec: {} } } });
    expect(JSON.stringify(specOf(second))).not.toMatch(/volumes|nodeSelector/);
    expect(second.metadata).not.toHaveProperty('labels');
  });

  it('changes nothing when it is repeated', () => {
    const first = apply(undefined, deployment({ replicas: 2 }, { labels: { a: '1' } }));
    expect(
      applyServerSide(first, deployment({ replicas: 2 }, { labels: { a: '1' } }), {
        manager: 'me',
        force: false,
        now: new Date(),
      }),
    ).toEqual(first);
  });

  it('does not take status or what the server decides', () => {
    const object = apply(undefined, { ...deployment({}, { uid: 'x', resourceVersion: '1' }), status: { replicas: 9 } });
    expect(object).not.toHaveProperty('status');
    expect(object.metadata).not.toHaveProperty('uid');
  });
});
