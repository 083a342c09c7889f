import { describe, expect, it } from 'vitest';
import { allKinds, apiVersionOf, kindKeyOf, kindOf } from './registry.ts';
import { schemaOf } from './schema/schema.ts';

describe('finding a kind', () => {
  it('knows it in every served version and no other', () => {
    expect(kindOf('networking.istio.io/v1beta1', 'Gateway')).toMatchObject({
      version: 'v1',
      plural: 'gateways',
      shortNames: ['gw'],
    });
    expect(kindOf('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant')).toMatchObject({ version: 'v1' });
    expect(kindOf('apps/v1beta1', 'Deployment')).toBeUndefined();
    expect(kindOf('v1', 'deployment')).toBeUndefined();
  });

  it('tells two kinds of one name apart in tables', () => {
    expect(kindKeyOf({ apiVersion: 'networking.istio.io/v1beta1', kind: 'Gateway' })).toBe('Gateway');
    expect(kindKeyOf({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' })).toBe('Gateway.gateway.networking.k8s.io');
    expect(kindKeyOf({ apiVersion: 'v1', kind: 'Pod' })).toBe('Pod');
  });

  it.each(allKinds.map((kind) => [kind.kind, kind] as const))('%s has a schema in every version', (_, kind) => {
    for (const version of kind.servedVersions) expect(schemaOf(apiVersionOf({ ...kind, version }), kind.kind)).toBeDefined();
  });

  it('offers no name twice', () => {
    const names = allKinds.flatMap(({ group, plural, singular, shortNames }) =>
      [plural, singular, ...shortNames].map((name) => `${name}.${group}`),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
