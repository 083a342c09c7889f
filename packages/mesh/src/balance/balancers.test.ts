import { describe, expect, test } from 'vitest';
import { balancers } from './balancers.ts';
import type { Loaded } from './least-request.ts';

const [a, b, c] = [{ active: 0 }, { active: 0 }, { active: 0 }];
const all: readonly Loaded[] = [a, b, c];
const none: readonly Loaded[] = [];

describe.each(Object.entries(balancers))('%s', (_, balance) => {
  test('leaves out what was tried, and has nothing left when all were', () => {
    for (let turn = 0; turn < 6; turn++) expect(balance(all, turn, new Set([a, b]))).toBe(c);
    expect(balance(all, 0, new Set(all))).toBeUndefined();
    expect(balance(none, 3)).toBeUndefined();
  });

  test('idle endpoints all get their share', () => {
    const picked = new Set(Array.from({ length: 300 }, (_item, turn) => balance(all, turn)));
    expect(picked).toEqual(new Set(all));
  });
});

test('ROUND_ROBIN goes round whatever the load', () => {
  const busy = { active: 9 };
  expect([0, 1, 2, 3].map((turn) => balancers.ROUND_ROBIN([busy, a], turn))).toEqual([busy, a, busy, a]);
});

test('RANDOM is even, within 4 σ', () => {
  const rounds = 3000;
  const hits = Array.from({ length: rounds }, () => balancers.RANDOM(all, 0)).filter((picked) => picked === a).length;
  expect(Math.abs(hits - rounds / 3)).toBeLessThan(4 * Math.sqrt((rounds * 2) / 9));
});
