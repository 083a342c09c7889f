import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RequestMatch } from '../snapshot/snapshot.ts';
import { compileMatch, matchAll } from './match.ts';
import { indexRoutes } from './route-index.ts';

const path = fc
  .array(fc.constantFrom('a', 'ab', 'b', 'A', ''), { minLength: 1, maxLength: 3 })
  .map((segments) => `/${segments.join('/')}`);
const uri = fc.oneof(
  path.map((prefix) => ({ prefix })),
  path.map((exact) => ({ exact })),
  fc.constantFrom({ regex: '/a.*' }, { regex: '.*b' }),
);
const match: fc.Arbitrary<RequestMatch | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ uri }),
  fc.record({ uri, ignoreUriCase: fc.constant(true) }),
  fc.record({ method: fc.constant({ exact: 'POST' }) }),
);

test('finds the same rule as asking one after the other', () => {
  fc.assert(
    fc.property(fc.array(match, { maxLength: 12 }), path, (matches, asked) => {
      const compiled = matches.map((each) => (each === undefined ? matchAll : compileMatch(each)));
      const head = {
        method: 'GET',
        path: asked,
        query: '',
        target: asked,
        scheme: 'http',
        host: 'a',
        authority: 'a',
        header: () => undefined,
      } as const;
      const first = compiled.findIndex((each) => each.matches(head));
      const found = indexRoutes(matches)
        .candidates(asked)
        .find((position) => compiled[position]?.matches(head));
      expect(found ?? -1).toBe(first);
    }),
    { numRuns: 2000 },
  );
});

test('of thousands of rules only those that can match are named', () => {
  const matches = Array.from({ length: 5000 }, (_, index): RequestMatch => ({ uri: { prefix: `/service-${index}/` } }));
  const index = indexRoutes([...matches, undefined]);
  expect(index.candidates('/service-4321/x')).toEqual([4321, 5000]);
  expect(index.candidates('/service-4321')).toEqual([5000]);
});
