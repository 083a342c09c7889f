import { describe, expect, test } from 'vitest';
import type { LoadBalancerPolicy } from '../snapshot/cluster-policies.ts';
import { candidate, candidates, requestWith, seededRandom } from '../testing/candidates.ts';
import type { TestCandidate } from '../testing/candidates.ts';
import { choiceOf } from './balancer.ts';
import { balancerFor } from './balancers.ts';

const key = { by: 'header', name: 'x-user' } as const;
const policies: LoadBalancerPolicy[] = [
  { kind: 'ROUND_ROBIN' },
  { kind: 'RANDOM' },
  { kind: 'LEAST_REQUEST' },
  { kind: 'LEAST_RESPONSE_TIME' },
  { kind: 'RING_HASH', key, minimumRingSize: 1024 },
  { kind: 'MAGLEV', key, tableSize: 65_537 },
];

/** How often each is picked, for requests that differ. */
function shares(policy: LoadBalancerPolicy, endpoints: TestCandidate[], rounds: number): number[] {
  const balancer = balancerFor(policy, endpoints, seededRandom());
  const hits = new Map(endpoints.map((endpoint) => [endpoint, 0]));
  for (let round = 0; round < rounds; round++) {
    const picked = balancer.pick(choiceOf(endpoints), requestWith({ 'x-user': `user-${round}` }));
    if (picked !== undefined) hits.set(picked, (hits.get(picked) ?? 0) + 1);
  }
  return [...hits.values()];
}

describe.each(policies)('$kind', (policy) => {
  const rounds = 6000;

  test('takes the only endpoint there is', () => {
    const [only] = candidates(1);
    expect(only && balancerFor(policy, [only]).pick(choiceOf([only]))).toBe(only);
  });

  test('picks only among what is open', () => {
    const endpoints = candidates(5);
    const balancer = balancerFor(policy, endpoints, seededRandom());
    const open = endpoints.slice(1, 3);
    for (let round = 0; round < 100; round++)
      expect(open).toContain(balancer.pick(choiceOf(open), requestWith({ 'x-user': `${round}` })));
  });

  test('equal endpoints get equal shares', () => {
    for (const hits of shares(policy, candidates(4), rounds)) {
      expect(hits).toBeGreaterThan((rounds / 4) * 0.8);
      expect(hits).toBeLessThan((rounds / 4) * 1.2);
    }
  });

  test('an endpoint of three times the weight gets about three times the share', () => {
    // Response times are per request, so weight counts for nothing until there is one.
    const light = candidate(1, { responseTimeMs: 5 });
    const heavy = candidate(2, { weight: 3, responseTimeMs: 5 });
    const [toLight = 0, toHeavy = 0] = shares(policy, [light, heavy], rounds);
    if (policy.kind === 'LEAST_RESPONSE_TIME') expect(toHeavy).toBeGreaterThan(toLight);
    else expect(Math.abs(toHeavy / rounds - 0.75)).toBeLessThan(0.05);
  });
});

test('RANDOM by weight is within 4 σ', () => {
  const rounds = 10_000;
  const [hits = 0] = shares({ kind: 'RANDOM' }, [candidate(1, { weight: 2 }), candidate(2, { weight: 8 })], rounds);
  expect(Math.abs(hits - rounds * 0.2)).toBeLessThan(4 * Math.sqrt(rounds * 0.2 * 0.8));
});

describe('ROUND_ROBIN', () => {
  const order = (endpoints: TestCandidate[], turns: number) => {
    const balancer = balancerFor({ kind: 'ROUND_ROBIN' }, endpoints);
    return Array.from({ length: turns }, () => endpoints.indexOf(balancer.pick(choiceOf(endpoints)) ?? candidate(9)));
  };

  test('goes round whatever the load', () => {
    expect(order([candidate(1, { active: 9 }), candidate(2)], 4)).toEqual([0, 1, 0, 1]);
  });

  test('spreads the turns of a heavy endpoint out', () => {
    expect(order([candidate(1, { weight: 5 }), candidate(2), candidate(3)], 7)).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });
});

describe('LEAST_REQUEST', () => {
  test('of two, always the one with fewer requests in flight', () => {
    const [busy, idle] = [candidate(1, { active: 2 }), candidate(2, { active: 1 })];
    const balancer = balancerFor({ kind: 'LEAST_REQUEST' }, [busy, idle]);
    for (let round = 0; round < 50; round++) expect(balancer.pick(choiceOf([busy, idle]))).toBe(idle);
  });

  test('idle endpoints get requests in turn', () => {
    expect(shares({ kind: 'LEAST_REQUEST' }, candidates(3), 300)).toEqual([100, 100, 100]);
  });

  test('keeps away from the busiest of many', () => {
    const endpoints = [candidate(0, { active: 50 }), ...candidates(4).slice(1)];
    const [toBusy] = shares({ kind: 'LEAST_REQUEST' }, endpoints, 1000);
    expect(toBusy).toBe(0);
  });

  test('where weights differ, load takes from the share', () => {
    const endpoints = [candidate(1, { weight: 4, active: 3 }), candidate(2, { weight: 2, active: 1 })];
    expect(shares({ kind: 'LEAST_REQUEST' }, endpoints, 100)).toEqual([50, 50]);
  });
});

describe('LEAST_RESPONSE_TIME', () => {
  const pickOf = (...endpoints: TestCandidate[]) =>
    balancerFor({ kind: 'LEAST_RESPONSE_TIME' }, endpoints).pick(choiceOf(endpoints));

  test('takes the faster one, even with a request in flight on it', () => {
    const [slow, fast] = [candidate(1, { responseTimeMs: 50 }), candidate(2, { responseTimeMs: 5, active: 3 })];
    expect(pickOf(slow, fast)).toBe(fast);
  });

  test('tries what it does not know, one request at a time', () => {
    const known = candidate(1, { responseTimeMs: 5, active: 4 });
    const unknown = candidate(2);
    expect(pickOf(known, unknown)).toBe(unknown);
    unknown.active = 1;
    expect(pickOf(known, unknown)).toBe(known);
  });
});
