import { expect, test } from 'vitest';
import { authoritySetBy, compileHeaderOperations } from './header-operations.ts';
import type { WrittenHeaders } from './header-operations.ts';

function compiled(headers: WrittenHeaders) {
  const warnings: string[] = [];
  return { operations: compileHeaderOperations(headers, (message) => warnings.push(message)), warnings };
}

test('names to remove are lower case, values are bytes', () => {
  const { operations, warnings } = compiled({
    request: { remove: ['X-A'], set: { 'X-B': '100%% 茶' }, add: { 'X-C': ' c ' } },
    response: {},
  });
  const tea = Buffer.from('茶').toString('latin1');
  expect(operations).toEqual({ request: { remove: ['x-a'], set: [['X-B', `100% ${tea}`]], add: [['X-C', 'c']] } });
  expect(warnings).toEqual([]);
});

test.each([
  ['framing', { 'Content-Length': '0' }, 'header content-length cannot be changed by a rule'],
  ['no name', { 'a b': '0' }, 'header a b cannot be changed by a rule'],
  ['a second line', { 'X-A': 'a\r\nX-B: b' }, 'header X-A: the value has control characters, the field is left alone'],
  [
    'a command operator that is not served',
    { 'X-A': '%PROTOCOL% %UPSTREAM_METADATA(a:b)%' },
    'header X-A: %UPSTREAM_METADATA(a:b)% is not served, the field is left alone',
  ],
])('%s is left alone with a warning', (_, set, warning) => {
  expect(compiled({ response: { set } })).toEqual({ operations: undefined, warnings: [warning] });
});

test('setting Host rewrites the authority', () => {
  const headers = { request: { set: { Host: 'inner.example' } } };
  expect(authoritySetBy(headers)).toBe('inner.example');
  expect(compiled(headers)).toEqual({ operations: undefined, warnings: [] });
});

test('a second Host is never added', () => {
  expect(compiled({ request: { add: { host: 'inner.example' } } })).toEqual({
    operations: undefined,
    warnings: ['header host cannot be changed by a rule'],
  });
});

test('command operators are kept, to be filled in for each request', () => {
  const format = '%PROTOCOL% %REQ(X-A?:PATH):5% 100%%';
  const { operations, warnings } = compiled({ response: { set: { 'X-A': format } } });
  expect(operations).toEqual({ response: { remove: [], set: [['X-A', { format }]], add: [] } });
  expect(warnings).toEqual([]);
});
