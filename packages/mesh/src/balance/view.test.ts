import { describe, expect, test } from 'vitest';
import { candidates, requestWith, seededRandom } from '../testing/candidates.ts';
import type { TestCandidate } from '../testing/candidates.ts';
import type { Level } from './locality.ts';
import { View } from './view.ts';

function viewOf(levels: Level<TestCandidate>[], closed: readonly TestCandidate[], minHealthPercent = 0): View<TestCandidate> {
  const view = new View({ levels, policy: { kind: 'ROUND_ROBIN' }, minHealthPercent, random: seededRandom() });
  view.refresh((endpoint) => !closed.includes(endpoint));
  return view;
}

function shareOf(view: View<TestCandidate>, endpoints: readonly TestCandidate[], rounds = 5000): number {
  let hits = 0;
  for (let round = 0; round < rounds; round++) if (endpoints.includes(view.pick() ?? ({} as TestCandidate))) hits++;
  return hits / rounds;
}

const all = candidates(10);
const near = all.slice(0, 5);
const far = all.slice(5);
const levels: Level<TestCandidate>[] = [[{ weight: 1, endpoints: near }], [{ weight: 1, endpoints: far }]];

describe('levels', () => {
  test('the nearest takes everything while it is healthy enough', () => {
    expect(shareOf(viewOf(levels, []), near)).toBe(1);
    // 4 of 5 times 1.4 is more than enough.
    expect(shareOf(viewOf(levels, near.slice(0, 1)), near)).toBe(1);
  });

  test('what it cannot carry goes to the next', () => {
    // 2 of 5 times 1.4 is 56 %.
    expect(shareOf(viewOf(levels, near.slice(0, 3)), near)).toBeCloseTo(0.56, 1);
  });

  test('the next takes all when nothing is left', () => {
    expect(shareOf(viewOf(levels, near), far)).toBe(1);
  });

  test('what is left of all levels takes all there is', () => {
    const view = viewOf(levels, [...near, ...far.slice(1)]);
    expect(shareOf(view, far.slice(0, 1))).toBe(1);
  });

  test('nothing open: nothing is picked', () => {
    expect(viewOf(levels, all).pick()).toBeUndefined();
  });

  test('a retry stays near, unless it may leave', () => {
    const view = viewOf(levels, []);
    const leaving = { ...requestWith({}), mayLeaveLocality: true };
    expect(near).toContain(view.pick(undefined, new Set(near.slice(1))));
    expect(view.pick(undefined, new Set(near))).toBeUndefined();
    expect(far).toContain(view.pick(leaving, new Set(near)));
    expect(view.pick(leaving, new Set(all))).toBeUndefined();
  });
});

describe('places', () => {
  const places: Level<TestCandidate>[] = [
    [
      { weight: 80, endpoints: near },
      { weight: 20, endpoints: far },
    ],
  ];

  test('share by weight, within 4 σ', () => {
    expect(Math.abs(shareOf(viewOf(places, []), near) - 0.8)).toBeLessThan(4 * Math.sqrt(0.16 / 5000));
  });

  test('a place that has lost endpoints carries less', () => {
    const share = 80 * 1.4 * 0.2;
    expect(shareOf(viewOf(places, near.slice(1)), near)).toBeCloseTo(share / (share + 20), 1);
  });
});

test('below the minimum of healthy endpoints all are used', () => {
  const level: Level<TestCandidate>[] = [[{ weight: 1, endpoints: near }]];
  expect(shareOf(viewOf(level, near.slice(0, 3), 50), near.slice(0, 3))).toBeCloseTo(0.6, 1);
  expect(shareOf(viewOf(level, near.slice(0, 2), 50), near.slice(0, 2))).toBe(0);
});
