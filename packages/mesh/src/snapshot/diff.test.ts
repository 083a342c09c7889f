import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forwardTo, routeFor, snapshotOf } from '../testing/snapshots.ts';
import { diff, merge, share } from './diff.ts';
import type { Patch } from './diff.ts';
import type { Snapshot } from './snapshot.ts';

/** What a value is after a journey as JSON, with fields in one order. */
function canonical(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ),
  );
}

const json = (patch: Patch) => JSON.parse(JSON.stringify(patch)) as Patch;

describe('of any JSON', () => {
  test('a sequence of patches, each sent as JSON, makes the same values as the values themselves', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 2, maxLength: 6 }), ([first, ...next]) => {
        let followed: unknown = first;
        for (const value of next) {
          const patch = diff(followed, value);
          if (patch !== undefined) followed = merge(followed, json(patch));
          expect(canonical(followed)).toEqual(canonical(value));
        }
      }),
    );
  });

  test('lists whose elements come, go, repeat and move', () => {
    const list = fc.array(fc.record({ name: fc.integer({ min: 0, max: 20 }) }), { maxLength: 40 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        const patch = diff(a, b);
        expect(patch === undefined ? a : merge(a, json(patch))).toEqual(b);
      }),
    );
  });

  test('equal values have no difference, and what is merged has none to what was meant', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(diff(a, structuredClone(a))).toBeUndefined();
        const patch = diff(a, b);
        expect(diff(patch === undefined ? a : merge(a, patch), b)).toBeUndefined();
      }),
    );
  });

  test('merging leaves the value before as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const before = structuredClone(a);
        const patch = diff(a, b);
        if (patch !== undefined) merge(a, patch);
        expect(a).toEqual(before);
      }),
    );
  });
});

test('a field that is undefined counts as absent, on either side', () => {
  expect(diff({ a: 1 }, { a: 1, b: undefined })).toBeUndefined();
  expect(diff({ a: 1, b: undefined }, { a: 1 })).toBeUndefined();
  expect(diff({ a: 1 }, { a: undefined })).toEqual({ op: 'fields', changed: [], removed: ['a'] });
});

test('a field called __proto__ is a field like any other', () => {
  const after = JSON.parse('{"__proto__":{"a":1}}') as unknown;
  expect(JSON.stringify(merge({}, diff({}, after) ?? { op: 'replace', value: 0 }))).toBe('{"__proto__":{"a":1}}');
});

test('a patch for another value is refused', () => {
  expect(() => merge([1], { op: 'fields', changed: [], removed: [] })).toThrow(TypeError);
});

describe('of snapshots with thousands of rules', () => {
  const count = 3000;
  const routes = (changed = -1) =>
    Array.from({ length: count }, (_, index) =>
      routeFor(`/tenants/${index}`, forwardTo(index === changed ? 'b.default:80' : 'a.default:80')),
    );
  const clusters = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`s${index}.default:80`, [{ address: '127.16.0.1', port: index }]]),
  );
  const before = snapshotOf(routes(), clusters);

  const newRule = routeFor('/new', forwardTo('a.default:80'));

  const cases: [string, Snapshot][] = [
    ['one rule', snapshotOf(routes(1500), clusters)],
    ['one rule more in the middle', snapshotOf(routes().toSpliced(700, 0, newRule), clusters)],
    ['one rule more at the top and one less at the end', snapshotOf([newRule, ...routes().slice(0, -2)], clusters)],
    ['the last rule at the top', snapshotOf([...routes().slice(-1), ...routes().slice(0, -1)], clusters)],
    [
      'one rule more in one place, one less in another',
      snapshotOf(routes().toSpliced(700, 1).toSpliced(1500, 0, newRule), clusters),
    ],
    ['another rule at the top and one less at the end', snapshotOf([newRule, ...routes().slice(1, -1)], clusters)],
    ['one rule less', snapshotOf(routes().toSpliced(700, 1), clusters)],
    [
      'the endpoints of one Service',
      snapshotOf(routes(), { ...clusters, 's17.default:80': [{ address: '127.16.0.9', port: 1 }] }),
    ],
    ['one Service more', snapshotOf(routes(), { ...clusters, 'more.default:80': [{ address: '127.16.0.9', port: 1 }] })],
  ];
  test.each(cases)('%s is a patch of the size of the change', (_, after) => {
    const patch = diff(before, after);
    if (patch === undefined) throw new Error('no difference');
    expect(JSON.stringify(patch).length).toBeLessThan(500);
    expect(merge(before, patch)).toEqual(after);
  });

  test('what did not change stays the same object', () => {
    const patch = diff(before, snapshotOf(routes(1500), clusters));
    const after = patch === undefined ? before : merge(before, patch);
    expect(after.clusters).toBe(before.clusters);
    const [was, is] = [before, after].map(({ virtualHosts }) => virtualHosts[0]?.routes);
    expect(is?.filter((route, index) => route !== was?.[index])).toHaveLength(1);
  });

  test('a rule that moved stays the same object, and so do those that made way', () => {
    const moved = snapshotOf([...routes().slice(-1), ...routes().slice(0, -1)], clusters);
    const [was, is] = [before, share(before, moved)].map(({ virtualHosts }) => virtualHosts[0]?.routes);
    expect(is?.map((route) => was?.indexOf(route))).toEqual([
      count - 1,
      ...Array.from({ length: count - 1 }, (_, index) => index),
    ]);
  });
});
