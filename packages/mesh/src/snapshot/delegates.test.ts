import type { HttpMatch, HttpRule, VirtualService } from '@hikyaku/resources';
import { describe, expect, test } from 'vitest';
import { virtualService } from '../testing/resources.ts';
import { effectiveRules } from './delegates.ts';
import type { EffectiveRule } from './delegates.ts';
import { nameOf } from './names.ts';

const route = [{ destination: { host: 'reviews' } }];

function delegate(http: HttpRule[], spec: VirtualService['spec'] = {}): VirtualService {
  return { ...virtualService('reviews', {}, 'shop'), spec: { http, ...spec } };
}

function expanded(root: HttpRule, ...others: VirtualService[]): { rules: EffectiveRule[]; warnings: string[] } {
  const warnings: string[] = [];
  const virtualServices = new Map(others.map((other) => [nameOf(other), other]));
  const rules = effectiveRules(virtualService('root', { http: [root] }), virtualServices, (text) => warnings.push(text));
  return { rules, warnings };
}

const toReviews = { delegate: { name: 'reviews', namespace: 'shop' } };

test('rules of the delegate take the place of the one that names it, and keep their own namespace', () => {
  const leaf = delegate([{ name: 'v1', route }, { route }]);
  expect(expanded({ name: 'reviews', match: [{ uri: { prefix: '/reviews' } }], ...toReviews }, leaf)).toEqual({
    rules: [
      {
        rule: { name: 'reviews-v1', match: [{ uri: { prefix: '/reviews' } }], route },
        namespace: 'shop',
        routeName: 'VirtualService default/root, rule 1 (reviews), delegated to VirtualService shop/reviews, rule 1 (v1)',
      },
      {
        rule: { name: 'reviews', match: [{ uri: { prefix: '/reviews' } }], route },
        namespace: 'shop',
        routeName: 'VirtualService default/root, rule 1 (reviews), delegated to VirtualService shop/reviews, rule 2',
      },
    ],
    warnings: [],
  });
});

test('what the delegate does not say holds as the delegating rule says it', () => {
  const root = {
    ...toReviews,
    timeout: '1s',
    rewrite: { uri: '/' },
    mirror: { host: 'copy' },
    fault: { abort: { httpStatus: 500 } },
  };
  const { rules } = expanded(root, delegate([{ route, timeout: '2s' }]));
  expect(rules.map(({ rule }) => rule)).toEqual([
    {
      route,
      timeout: '2s',
      rewrite: { uri: '/' },
      mirror: { host: 'copy.default.svc.cluster.local' },
      fault: { abort: { httpStatus: 500 } },
    },
  ]);
});

test('the same resources give the same objects, so that nothing is compiled again', () => {
  const root = virtualService('root', { http: [{ match: [{ uri: { prefix: '/' } }], ...toReviews }] });
  const virtualServices = new Map([['shop/reviews', delegate([{ route }])]]);
  const expand = () => effectiveRules(root, virtualServices, () => undefined)[0]?.rule;
  expect(expand()).toBe(expand());
});

describe('conditions', () => {
  const merged = (roots: HttpMatch[], leaves: HttpMatch[]) =>
    expanded({ match: roots, ...toReviews }, delegate([{ match: leaves, route }])).rules[0]?.rule.match;

  test.each<[string, HttpMatch[], HttpMatch[], HttpMatch[] | undefined]>([
    ['lie within the prefix', [{ uri: { prefix: '/a' } }], [{ uri: { prefix: '/a/b' } }], [{ uri: { prefix: '/a/b' } }]],
    ['may be exact within the prefix', [{ uri: { prefix: '/a' } }], [{ uri: { exact: '/a/b' } }], [{ uri: { exact: '/a/b' } }]],
    ['outside of the prefix conflict', [{ uri: { prefix: '/a' } }], [{ uri: { prefix: '/b' } }], undefined],
    ['wider than the prefix conflict', [{ uri: { prefix: '/a/b' } }], [{ uri: { prefix: '/a' } }], undefined],
    ['may repeat an exact one', [{ uri: { exact: '/a' } }], [{ uri: { exact: '/a' } }], [{ uri: { exact: '/a' } }]],
    ['may not be a prefix of an exact one', [{ uri: { exact: '/a' } }], [{ uri: { prefix: '/a' } }], undefined],
    ['with a pattern on both sides conflict', [{ uri: { regex: '/a' } }], [{ uri: { regex: '/a' } }], undefined],
    ['with a pattern under a prefix conflict', [{ uri: { prefix: '/' } }], [{ uri: { regex: '/a' } }], undefined],
    [
      'of different kinds come together',
      [{ uri: { prefix: '/a' }, headers: { x: { exact: '1' } } }],
      [{ method: { exact: 'GET' }, headers: { y: { exact: '2' } } }],
      [{ uri: { prefix: '/a' }, method: { exact: 'GET' }, headers: { x: { exact: '1' }, y: { exact: '2' } } }],
    ],
    ['on one header conflict', [{ headers: { x: { exact: '1' } } }], [{ headers: { x: { exact: '2' } } }], undefined],
    ['on one label conflict', [{ sourceLabels: { a: '1' } }], [{ sourceLabels: { a: '2' } }], undefined],
    ['on one port conflict', [{ port: 80 }], [{ port: 81 }], undefined],
    ['on case conflict', [{ uri: { prefix: '/a' }, ignoreUriCase: true }], [{ uri: { prefix: '/a' } }], undefined],
    ['on gateways outside of the root’s conflict', [{ gateways: ['shop/a'] }], [{ gateways: ['a', 'b'] }], undefined],
    ['on gateways narrow down', [{ gateways: ['mesh', 'shop/a'] }], [{ gateways: ['a'] }], [{ gateways: ['shop/a'] }]],
    [
      'multiply',
      [{ uri: { prefix: '/a' } }, { uri: { prefix: '/b' } }],
      [{ method: { exact: 'GET' } }],
      [
        { uri: { prefix: '/a' }, method: { exact: 'GET' } },
        { uri: { prefix: '/b' }, method: { exact: 'GET' } },
      ],
    ],
    [
      'keep the alternatives that fit',
      [{ uri: { prefix: '/a' } }, { uri: { prefix: '/b' } }],
      [{ uri: { prefix: '/b/c' } }],
      [{ uri: { prefix: '/b/c' } }],
    ],
    [
      'with one alternative that fits nowhere spoil the rule, as in Istio',
      [{ uri: { prefix: '/a' } }],
      [{ uri: { prefix: '/a/b' } }, { uri: { prefix: '/c' } }],
      undefined,
    ],
  ])('%s', (_, roots, leaves, expected) => {
    expect(merged(roots, leaves)).toEqual(expected);
  });
});

describe('a mistake is said, and the rule left out', () => {
  const name = 'VirtualService default/root, rule 1';
  test.each<[string, VirtualService[], string]>([
    ['nobody there', [], `${name}: delegates to VirtualService shop/reviews, which is not there`],
    [
      'a delegate with hosts',
      [delegate([{ route }], { hosts: ['reviews'] })],
      `${name}: delegates to VirtualService shop/reviews, which has hosts of its own: a delegate must have none`,
    ],
    [
      'a delegate that is not exported',
      [delegate([{ route }], { exportTo: ['.'] })],
      `${name}: delegates to VirtualService shop/reviews, which is not exported to namespace default`,
    ],
    [
      'a delegate that delegates',
      [delegate([toReviews])],
      `${name}, delegated to VirtualService shop/reviews, rule 1: is left out, because it delegates further, and only one level is allowed`,
    ],
    [
      'a conflict',
      [delegate([{ match: [{ uri: { prefix: '/x' } }], route }])],
      `${name}, delegated to VirtualService shop/reviews, rule 1: is left out, because it asks for what the delegating rule does not let through`,
    ],
  ])('%s', (_, others, warning) => {
    expect(expanded({ match: [{ uri: { prefix: '/reviews' } }], ...toReviews }, ...others)).toEqual({
      rules: [],
      warnings: [warning],
    });
  });
});

// What is compiled of a rule is remembered by the rule's identity.
test('a changed rule leaves the others the same objects', () => {
  const rules = [{ match: [{ uri: { prefix: '/a' } }], route }, { route }];
  const rulesOf = (http: HttpRule[]) =>
    effectiveRules(virtualService('many', { http }), new Map(), () => undefined).map(({ rule }) => rule);
  const [before, changed] = rulesOf(rules);
  const [after, other] = rulesOf([...rules.slice(0, 1), { route, timeout: '1s' }]);
  expect(after).toBe(before);
  expect(other).not.toBe(changed);
});
