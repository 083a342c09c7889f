import { describe, expect, it } from 'vitest';
import { allKinds, apiVersionOf, kindOf } from './registry.ts';
import { schemaOf } from './schema/schema.ts';

describe('finding a kind', () => {
  it('knows it in every served version and no other', () => {
    expect(kindOf('networking.istio.io/v1beta1', 'Gateway')).toMatchObject({
      version: 'v1',
      plural: 'gateways',
      shortNames: ['gw'],
    });
    expect(kindOf('apps/v1beta1', 'Deployment')).toBeUndefined();
    expect(kindOf('v1', 'deployment')).toBeUndefined();
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
