import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allKinds, apiVersionOf, kindKey } from '../registry.ts';
import { resolve, schemaAt, schemaOf, type Schema } from '../schema/schema.ts';
import { honouredKinds } from './kinds.ts';
import { notHonoured } from './not-honoured.ts';
import { supportPage } from './support-page.ts';
import type { Support } from './support.ts';

/** Names in a table that the schema does not have. */
function strangers(support: Support, schema: Schema, path: string): string[] {
  const inner = schema.items === undefined ? schema : resolve(schema.items);
  if (support.level !== 'members' || Object.keys(inner).length === 0) return [];
  return Object.entries(support.members).flatMap(([name, member]) => {
    const next = name === '*' ? inner.additionalProperties && resolve(inner.additionalProperties) : schemaAt(inner, name);
    return next === undefined ? [`${path}.${name}`] : strangers(member, next, `${path}.${name}`);
  });
}

describe('the table of honoured fields', () => {
  it.each(allKinds.map((kind) => [kind.kind, kind] as const))('of %s names only fields the kind has', (name, kind) => {
    const support = honouredKinds[kindKey(kind)];
    const schema = schemaOf(apiVersionOf(kind), name);
    expect(support).toBeDefined();
    expect(schema).toBeDefined();
    // Every table lets status pass, also of kinds that have none.
    expect(strangers(support!, schema!, name).filter((path) => path !== `${name}.status`)).toEqual([]);
  });

  it('is what docs/support.md says (npm run docs:support writes it anew)', () => {
    expect(readFileSync(join(import.meta.dirname, '../../../../docs/support.md'), 'utf8')).toBe(supportPage());
  });
});

describe('what is not honoured', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'cart' } };

  it('is named once, at the outermost field', () => {
    const findings = notHonoured({
      ...service,
      spec: { ports: [{ port: 80, nodePort: 30080 }], sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } },
    });
    expect(findings.map(({ message }) => message)).toEqual([
      'spec.ports[0].nodePort is not honoured by hikyaku yet',
      'spec.sessionAffinityConfig is not honoured by hikyaku yet',
    ]);
  });

  it('may be a value of a field that is honoured otherwise', () => {
    expect(
      notHonoured({ ...service, spec: { type: 'NodePort', ports: [{ port: 53, protocol: 'UDP' }] } }).map(
        ({ message }) => message,
      ),
    ).toEqual([
      'spec.type: "NodePort" is not honoured by hikyaku yet, only "ClusterIP"',
      'spec.ports[0].protocol: "UDP" is not honoured by hikyaku yet, only "TCP"',
    ]);
  });

  it('is no field that has no effect here anyway, or says nothing', () => {
    expect(
      notHonoured({ ...service, spec: { ipFamilyPolicy: 'SingleStack', externalIPs: [], allocateLoadBalancerNodePorts: false } }),
    ).toEqual([]);
  });
});
