import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileMatch } from '../routing/match.ts';
import type { PathMatch, RequestMatch, StringMatch } from '../snapshot/snapshot.ts';
import { covers } from './covers.ts';

const uri = (prefix: string): RequestMatch => ({ uri: { prefix } });

test.each<[string, RequestMatch, RequestMatch, boolean]>([
  ['a prefix and a longer one', uri('/api'), uri('/api/users'), true],
  ['a prefix and a shorter one', uri('/api/users'), uri('/api'), false],
  ['a prefix and a path below it', uri('/api'), { uri: { exact: '/api/x' } }, true],
  ['path elements and a path below', { uri: { pathPrefix: '/api' } }, { uri: { exact: '/api/x' } }, true],
  ['path elements and a longer name', { uri: { pathPrefix: '/api' } }, uri('/apiary'), false],
  ['path elements and the same as text', { uri: { pathPrefix: '/api' } }, uri('/api'), false],
  ['path elements and more of them', { uri: { pathPrefix: '/api' } }, { uri: { pathPrefix: '/api/x' } }, true],
  ['a prefix and path elements', uri('/api'), { uri: { pathPrefix: '/api' } }, true],
  ['all paths and any', { uri: { pathPrefix: '' } }, uri('/'), true],
  ['a path and a prefix of the same text', { uri: { exact: '/api' } }, uri('/api'), false],
  ['no condition and any', {}, { method: { exact: 'GET' }, headers: { a: { present: true } } }, true],
  ['a condition and none', { method: { exact: 'GET' } }, {}, false],
  ['everything by prefix and no path', uri('/'), { headers: { a: { present: true } } }, true],
  ['everything by regular expression', { uri: { regex: '.*' } }, uri('/a'), true],
  ['a regular expression and a path it matches', { uri: { regex: '/a+' } }, { uri: { exact: '/aa' } }, true],
  ['the presence of a header and its value', { headers: { a: { present: true } } }, { headers: { a: { exact: '1' } } }, true],
  ['the value of a header and its presence', { headers: { a: { exact: '1' } } }, { headers: { a: { present: true } } }, false],
  [
    'an excluded value and excluded presence',
    { withoutHeaders: { a: { exact: '1' } } },
    { withoutHeaders: { a: { present: true } } },
    true,
  ],
  [
    'excluded presence and an excluded value',
    { withoutHeaders: { a: { present: true } } },
    { withoutHeaders: { a: { exact: '1' } } },
    false,
  ],
  ['a path in one case and in any', uri('/a'), { ...uri('/a'), ignoreUriCase: true }, false],
  ['a path in any case and in one', { ...uri('/a'), ignoreUriCase: true }, uri('/A'), true],
  ['a path without letters, in any case', uri('/'), { ...uri('/a'), ignoreUriCase: true }, true],
])('%s', (_, wide, narrow, expected) => {
  expect(covers(wide, narrow)).toBe(expected);
});

const text = fc.constantFrom('/', '/a', '/A', '/ab', '/a/b');
const stringMatch: fc.Arbitrary<StringMatch> = fc.oneof(
  text.map((exact) => ({ exact })),
  text.map((prefix) => ({ prefix })),
  fc.constantFrom({ regex: '.*' }, { regex: '/a.*' }, { regex: '/A' }),
);
const pathMatch: fc.Arbitrary<PathMatch> = fc.oneof(
  stringMatch,
  fc.constantFrom('', '/a', '/A', '/a/b').map((pathPrefix) => ({ pathPrefix })),
);
const headers = fc.dictionary(fc.constantFrom('h', 'i'), fc.oneof(stringMatch, fc.constant({ present: true } as const)), {
  maxKeys: 2,
});
const match: fc.Arbitrary<RequestMatch> = fc.record(
  {
    uri: pathMatch,
    ignoreUriCase: fc.boolean(),
    headers,
    withoutHeaders: headers,
    queryParams: fc.dictionary(fc.constant('q'), stringMatch),
  },
  { requiredKeys: [] },
);
const request = fc.record({ path: text, h: fc.option(text), i: fc.option(text), q: fc.option(text) });

test('what is covered never matches where the other does not', () => {
  fc.assert(
    fc.property(match, match, fc.array(request, { minLength: 20, maxLength: 20 }), (wide, narrow, requests) => {
      fc.pre(covers(wide, narrow));
      for (const { path, h, i, q } of requests) {
        const values: Record<string, string | null> = { h, i };
        const query = q === null ? '' : `?q=${encodeURIComponent(q)}`;
        const head = {
          method: 'GET',
          path,
          query,
          target: path,
          scheme: 'http',
          host: 'a',
          authority: 'a',
          header: (name: string) => values[name] ?? undefined,
        } as const;
        if (compileMatch(narrow).matches(head)) expect(compileMatch(wide).matches(head)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
