import { describe, expect, test } from 'vitest';
import type { LocalityPolicy } from '../snapshot/cluster-policies.ts';
import { levelsFor } from './locality.ts';
import type { Placed } from './locality.ts';

const at = (...localities: string[]) => localities.map((locality) => ({ locality }));
const namesOf = (levels: { endpoints: Placed[] }[][]) =>
  levels.map((level) => level.map(({ endpoints }) => endpoints.map(({ locality = '' }) => locality)));

describe('failover', () => {
  const endpoints = at('us/b/1', 'eu/a/1', 'us/a/1', 'us/a/2', 'asia/a/1');
  const caller = { locality: 'us/a/1' };

  test('subzone, zone, region, the rest', () => {
    expect(namesOf(levelsFor(endpoints, { kind: 'failover' }, caller))).toEqual([
      [['us/a/1']],
      [['us/a/2']],
      [['us/b/1']],
      [['eu/a/1', 'asia/a/1']],
    ]);
  });

  test('the region that failover names comes before all others', () => {
    const policy: LocalityPolicy = { kind: 'failover', failover: [{ from: 'us', to: 'asia' }] };
    expect(namesOf(levelsFor(endpoints, policy, caller)).slice(3)).toEqual([[['asia/a/1']], [['eu/a/1']]]);
  });

  test('a caller without a place sees no levels', () => {
    expect(levelsFor(endpoints, { kind: 'failover' }, {})).toEqual([[{ weight: 1, endpoints }]]);
  });
});

describe('failoverPriority', () => {
  const placed = (labels: Record<string, string>): Placed => ({ labels, locality: JSON.stringify(labels) });
  const all = placed({ net: 'n1', zone: 'a' });
  const first = placed({ net: 'n1', zone: 'b' });
  const onlySecond = placed({ net: 'n2', zone: 'a' });

  test('labels are counted up to the first that differs from the caller', () => {
    const policy: LocalityPolicy = { kind: 'priority', labels: ['net', 'zone'] };
    const levels = levelsFor([onlySecond, first, all], policy, { labels: { net: 'n1', zone: 'a' } });
    expect(levels.map(([place]) => place?.endpoints)).toEqual([[all], [first], [onlySecond]]);
  });

  test('a value in the label stands for itself', () => {
    const levels = levelsFor([first, all], { kind: 'priority', labels: ['zone=a'] }, {});
    expect(levels.map(([place]) => place?.endpoints)).toEqual([[all], [first]]);
  });
});

describe('distribute', () => {
  const endpoints = at('us/a/1', 'us/b/1', 'us/b/2', 'eu/a/1');
  const policy: LocalityPolicy = {
    kind: 'distribute',
    rules: [
      {
        from: 'us/a/*',
        to: [
          { locality: 'us/a/*', weight: 80 },
          { locality: 'us/b/*', weight: 20 },
        ],
      },
    ],
  };

  test('each place has the weight the rule gives it, and what is not named gets nothing', () => {
    expect(levelsFor(endpoints, policy, { locality: 'us/a/7' })).toEqual([
      [
        { weight: 80, endpoints: at('us/a/1') },
        { weight: 20, endpoints: at('us/b/1', 'us/b/2') },
      ],
    ]);
  });

  test('a caller whom no rule is for sees no places', () => {
    expect(levelsFor(endpoints, policy, { locality: 'eu/a/1' })).toEqual([[{ weight: 1, endpoints }]]);
  });
});
