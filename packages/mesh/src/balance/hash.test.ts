import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HashKey, LoadBalancerPolicy } from '../snapshot/cluster-policies.ts';
import { candidates, requestWith } from '../testing/candidates.ts';
import type { TestCandidate } from '../testing/candidates.ts';
import { choiceOf } from './balancer.ts';
import { balancerFor } from './balancers.ts';
import { hashKeyOf } from './hash-key.ts';

const key = { by: 'header', name: 'x-user' } as const;
const users = Array.from({ length: 2000 }, (_, index) => `user-${index}`);

describe.each<LoadBalancerPolicy>([
  { kind: 'RING_HASH', key, minimumRingSize: 1024 },
  { kind: 'MAGLEV', key, tableSize: 65_537 },
])('$kind', (policy) => {
  function placesOf(endpoints: TestCandidate[], open = endpoints): string[] {
    const balancer = balancerFor(policy, endpoints);
    return users.map((user) => balancer.pick(choiceOf(open), requestWith({ 'x-user': user }))?.address ?? '');
  }

  test('the same key always goes to the same endpoint, whoever asks and in whatever order the endpoints come', () => {
    const endpoints = candidates(5);
    expect(placesOf(endpoints)).toEqual(placesOf(candidates(5)));
    if (policy.kind === 'RING_HASH') expect(placesOf(endpoints)).toEqual(placesOf(endpoints.toReversed()));
  });

  test('one more endpoint takes its share of the keys and moves few others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), (count) => {
        const all = candidates(count + 1);
        const before = placesOf(all.slice(0, count));
        const after = placesOf(all);
        const moved = before.filter((place, index) => place !== after[index]).length / users.length;
        return moved > 0.4 / (count + 1) && moved < 1.9 / (count + 1);
      }),
      { numRuns: 15 },
    );
  });

  test('an endpoint that is not open hands over its keys; all others stay', () => {
    const endpoints = candidates(4);
    const [gone, ...open] = endpoints;
    const before = placesOf(endpoints);
    const after = placesOf(endpoints, open);
    const others = before.flatMap((place, index) => (place === gone?.address ? [] : [index]));
    expect(others.map((index) => after[index])).toEqual(others.map((index) => before[index]));
    expect(after).not.toContain(gone?.address);
    // Over all the others, not onto one neighbour.
    const heirs = after.filter((_, index) => before[index] === gone?.address);
    expect(new Set(heirs).size).toBe(3);
  });

  test('a request without the key goes anywhere', () => {
    const endpoints = candidates(3);
    const balancer = balancerFor(policy, endpoints);
    const picked = new Set(Array.from({ length: 200 }, () => balancer.pick(choiceOf(endpoints), requestWith({}))?.address));
    expect(picked.size).toBe(3);
  });
});

describe('what a request is hashed by', () => {
  const of = (hashKey: HashKey, headers: Record<string, string>) => hashKeyOf(hashKey, requestWith(headers, '127.16.0.9'));

  test.each<[HashKey, Record<string, string>, string | undefined]>([
    [key, { 'x-user': 'jason' }, 'jason'],
    [key, {}, undefined],
    [{ by: 'query', name: 'user' }, { '?user': 'jason' }, 'jason'],
    [{ by: 'source-ip' }, {}, '127.16.0.9'],
    [{ by: 'cookie', name: 'sid' }, { cookie: 'a=1; sid=x=y ; b=2' }, 'x=y'],
    [{ by: 'cookie', name: 'sid' }, { cookie: 'sid="quoted"' }, 'quoted'],
    [{ by: 'cookie', name: 'sid' }, { cookie: 'xsid=1' }, undefined],
  ])('%j of %j is %j', (hashKey, headers, expected) => {
    expect(of(hashKey, headers)).toBe(expected);
  });

  test('a cookie with a lifetime is given to a caller without one, and counts for this request and its retries', () => {
    const request = requestWith({});
    const hashKey: HashKey = { by: 'cookie', name: 'sid', path: '/shop', ttlMs: 90_500 };
    const value = hashKeyOf(hashKey, request);
    expect(value).toMatch(/^[0-9a-f-]{36}$/);
    expect(hashKeyOf(hashKey, request)).toBe(value);
    expect(request.cookies).toEqual([`sid=${value}; Max-Age=91; Path=/shop; HttpOnly`]);
  });

  test('a lifetime of zero is the session', () => {
    const request = requestWith({});
    hashKeyOf({ by: 'cookie', name: 'sid', ttlMs: 0 }, request);
    expect(request.cookies).toEqual([expect.stringMatching(/^sid=[^;]+; HttpOnly$/)]);
  });
});
