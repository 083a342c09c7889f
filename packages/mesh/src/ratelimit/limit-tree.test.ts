import { expect, test } from 'vitest';
import type { LimitNode } from '../snapshot/protection.ts';
import { limitFor } from './limit-tree.ts';

function node(key: string, value: string | undefined, requests: number | undefined, children: LimitNode[] = []): LimitNode {
  return {
    key,
    ...(value !== undefined && { value }),
    ...(requests !== undefined && { limit: { requests, windowSeconds: 60 } }),
    isShadow: false,
    children,
  };
}

const tree = [
  node('PATH', undefined, 100),
  node('PATH', '/productpage', 1),
  node('PATH', '/api/*', 7),
  node('user', undefined, undefined, [node('plan', 'gold', 50), node('plan', undefined, 5)]),
];

test.each<[string, [string, string][], number | undefined]>([
  ['its own value', [['PATH', '/productpage']], 1],
  ['a prefix before any value', [['PATH', '/api/x']], 7],
  ['any value', [['PATH', '/other']], 100],
  [
    'a level below',
    [
      ['user', 'u1'],
      ['plan', 'gold'],
    ],
    50,
  ],
  [
    'any value a level below',
    [
      ['user', 'u1'],
      ['plan', 'iron'],
    ],
    5,
  ],
  ['a level without a limit', [['user', 'u1']], undefined],
  ['a key nobody limits', [['host', 'x']], undefined],
  [
    'more entries than levels',
    [
      ['PATH', '/x'],
      ['user', 'u1'],
    ],
    undefined,
  ],
])('finds the limit for %s', (_, entries, expected) => {
  const limit = limitFor(
    tree,
    entries.map(([key, value]) => ({ key, value })),
  )?.limit;
  expect(limit).toEqual(expected === undefined ? undefined : { requests: expected, windowSeconds: 60 });
});
