import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Route } from '../snapshot/snapshot.ts';
import { forwardTo, routeFor } from '../testing/snapshots.ts';
import { compileRules } from './rule-set.ts';

const rules = Array.from({ length: 60 }, (_, index) => routeFor(`/${index}`, forwardTo('a.default:80')));
const fresh = (name: string) => routeFor(name, forwardTo('b.default:80'));

/** How many of the rules were compiled for the second list. */
function compiledAgain(after: readonly Route[]): number {
  const before = compileRules(rules);
  const known = new Set(before.byRoute);
  return compileRules(after, before).byRoute.filter((entries) => !known.has(entries)).length;
}

const cases: [string, readonly Route[], number][] = [
  ['none of a list that is as it was', rules, 0],
  ['the one that was replaced', rules.with(20, fresh('/new')), 1],
  ['the one that came', rules.toSpliced(20, 0, fresh('/new')), 1],
  ['none when one went', rules.toSpliced(20, 1), 0],
  ['none when the last became the first', [...rules.slice(-1), ...rules.slice(0, -1)], 0],
];
test.each(cases)('compiles %s', (_, after, count) => {
  expect(compiledAgain(after)).toBe(count);
});

test('a list made of another is what it is when it is made of nothing', () => {
  const pool = Array.from({ length: 8 }, (_, index) => fresh(`/${index}`));
  const list = fc.array(fc.constantFrom(...pool), { maxLength: 40 });
  fc.assert(
    fc.property(list, list, (first, second) => {
      const made = compileRules(second, compileRules(first));
      expect(made.entries.map(({ route }) => route)).toEqual(second);
      for (const { matches } of pool) {
        const { uri } = matches[0] ?? {};
        const path = uri !== undefined && 'prefix' in uri ? uri.prefix : '';
        expect(made.index.candidates(path)).toEqual(compileRules(second).index.candidates(path));
      }
    }),
  );
});
