import type { DestinationRule } from '@hikyaku/resources';
import { describe, expect, test } from 'vitest';
import { destinationRule } from '../testing/resources.ts';
import { DestinationRules } from './destination-rules.ts';

const roundRobin = { loadBalancer: { simple: 'ROUND_ROBIN' as const } };
const random = { loadBalancer: { simple: 'RANDOM' as const } };

function rule(name: string, host: string, spec: DestinationRule['spec'] = {}, namespace = 'default'): DestinationRule {
  return { ...destinationRule(host, spec), metadata: { name, namespace } };
}

function holding(rules: DestinationRule[], service = { name: 'web', namespace: 'default' }) {
  const warnings: string[] = [];
  const index = new DestinationRules(rules, (warning) => warnings.push(warning));
  const merged = index.forService(service);
  index.warnOfUnused();
  return { merged, warnings };
}

describe('which rule holds', () => {
  test.each(['web', 'web.default', 'web.default.svc', 'web.default.svc.cluster.local', '*.default.svc.cluster.local', '*'])(
    'one for %s',
    (host) => {
      expect(holding([rule('a', host, { trafficPolicy: random })]).merged).toMatchObject({ trafficPolicy: random });
    },
  );

  test('none for another Service or namespace', () => {
    expect(holding([rule('a', 'api'), rule('b', '*.shop.svc.cluster.local')]).merged).toBeUndefined();
  });

  test('the exact host before the longest wildcard before any', () => {
    const rules = [rule('any', '*'), rule('wide', '*.default.svc.cluster.local'), rule('exact', 'web')];
    expect(holding(rules).merged?.name).toBe('default/exact');
    expect(holding(rules.slice(0, 2)).merged?.name).toBe('default/wide');
    expect(holding(rules, { name: 'x', namespace: 'shop' }).merged?.name).toBe('default/any');
  });

  test('those of the namespace of the Service before all others, which are named', () => {
    const { merged, warnings } = holding([rule('a', 'web.default', {}, 'aaa'), rule('own', 'web')]);
    expect(merged?.name).toBe('default/own');
    expect(warnings).toEqual(['DestinationRule aaa/a: web.default.svc.cluster.local is ruled by those of its own namespace']);
  });

  test('one for some callers only rules nothing, and exportTo is named', () => {
    const { merged, warnings } = holding([
      rule('a', 'web', { workloadSelector: { matchLabels: { app: 'x' } } }),
      rule('b', 'web', { exportTo: ['.'] }),
    ]);
    expect(merged?.name).toBe('default/b');
    expect(warnings).toEqual([
      'DestinationRule default/a: workloadSelector is not carried out, so this rule rules nothing',
      'DestinationRule default/b: exportTo is not carried out, it holds for calls from every namespace',
    ]);
  });

  test('a host that is no Service is named', () => {
    expect(holding([rule('a', '*.example.com'), rule('b', 'api.example.com'), rule('c', 'later')]).warnings).toEqual([
      'DestinationRule default/a: host *.example.com is that of no Service and of no ServiceEntry, so it rules nothing',
      'DestinationRule default/b: host api.example.com is that of no Service and of no ServiceEntry, so it rules nothing',
    ]);
  });
});

describe('several for one host', () => {
  test('subsets are collected; the first trafficPolicy holds, wherever it stands', () => {
    const { merged, warnings } = holding([
      rule('a', 'web', { subsets: [{ name: 'v1' }] }),
      rule('b', 'web.default', { subsets: [{ name: 'v2' }], trafficPolicy: random }),
    ]);
    expect(merged).toMatchObject({ name: 'default/b', trafficPolicy: random, subsets: [{ name: 'v1' }, { name: 'v2' }] });
    expect(warnings).toEqual([]);
  });

  test('what is there twice is named, and the older holds', () => {
    const { merged, warnings } = holding([
      rule('a', 'web', { subsets: [{ name: 'v1', labels: { v: '1' } }], trafficPolicy: random }),
      rule('b', 'web', { subsets: [{ name: 'v1' }], trafficPolicy: roundRobin }),
    ]);
    expect(merged).toMatchObject({ trafficPolicy: random, subsets: [{ labels: { v: '1' } }] });
    expect(warnings).toEqual([
      'DestinationRule default/b: its trafficPolicy does not hold, that of default/a is older',
      'DestinationRule default/b: its subset v1 does not hold, an older rule has one of that name',
    ]);
  });
});
