import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OutlierDetectionPolicy } from '../snapshot/cluster-policies.ts';
import { OutlierDetector, OutlierState } from './outlier.ts';
import { defaultOutlierDetection as policy } from '../testing/policies.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(change: Partial<OutlierDetectionPolicy> = {}, count = 3) {
  const endpoints = Array.from({ length: count }, () => new OutlierState());
  const onChange = vi.fn();
  const detector = new OutlierDetector(onChange);
  detector.update({ ...policy, ...change }, endpoints);
  const [first = new OutlierState(), second = new OutlierState(), third = new OutlierState()] = endpoints;
  const answers = (endpoint: OutlierState, ...statuses: number[]) =>
    statuses.forEach((code) => detector.answered(endpoint, code));
  const isEjected = (endpoint: OutlierState) => endpoint.ejectedUntil !== undefined;
  return { endpoints, detector, onChange, first, second, third, answers, isEjected };
}

describe('what ejects', () => {
  test('five 5xx in a row, and not four', () => {
    const { first, answers, isEjected, onChange } = setUp();
    answers(first, 500, 501, 503, 599, 200, 500, 500, 500, 500);
    expect(isEjected(first)).toBe(false);
    answers(first, 500);
    expect(isEjected(first)).toBe(true);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  test('gateway errors have a count of their own, which a 500 breaks', () => {
    const { first, answers, isEjected } = setUp({ consecutiveGatewayErrors: 2 });
    answers(first, 502, 500, 503);
    expect(isEjected(first)).toBe(false);
    answers(first, 504);
    expect(isEjected(first)).toBe(true);
  });

  test('failures on this side count as 503 and 504', () => {
    const { first, detector, isEjected } = setUp({ consecutiveGatewayErrors: 3 });
    for (const failure of ['connect', 'reset', 'timeout'] as const) detector.failed(first, failure);
    expect(isEjected(first)).toBe(true);
  });

  test('split: they have a count of their own, and statuses do not touch it', () => {
    const { first, second, detector, answers, isEjected } = setUp({
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailures: 2,
      consecutive5xxErrors: 2,
      maxEjectionPercent: 100,
    });
    detector.failed(first, 'connect');
    answers(first, 500);
    detector.failed(first, 'connect');
    expect(isEjected(first)).toBe(false);
    detector.failed(first, 'timeout');
    expect(isEjected(first)).toBe(true);
    answers(second, 500, 500);
    expect(isEjected(second)).toBe(true);
  });

  test('a count of 0 is off', () => {
    const { first, answers, isEjected } = setUp({ consecutive5xxErrors: 0 });
    answers(first, ...Array<number>(50).fill(500));
    expect(isEjected(first)).toBe(false);
  });

  test('a connection that opens is a success', () => {
    const { first, detector, isEjected } = setUp({ consecutive5xxErrors: 2 });
    detector.failed(first, 'connect');
    detector.connected(first);
    detector.failed(first, 'connect');
    expect(isEjected(first)).toBe(false);
  });
});

describe('how many', () => {
  const fail = (count: number, maxEjectionPercent: number) => {
    const { endpoints, answers, isEjected } = setUp({ maxEjectionPercent, consecutive5xxErrors: 1 }, count);
    for (const endpoint of endpoints) answers(endpoint, 500);
    return endpoints.filter(isEjected).length;
  };

  test.each([
    [3, 10, 1],
    [3, 50, 1],
    [4, 50, 2],
    [10, 30, 3],
    [2, 100, 2],
    [1, 10, 1],
    [3, 0, 0],
  ])('of %i at %i %%: %i', (count, percent, expected) => {
    expect(fail(count, percent)).toBe(expected);
  });
});

describe('for how long', () => {
  test('returns at the first sweep after its time, and every next ejection is longer', () => {
    const { first, answers, isEjected, onChange } = setUp({ consecutive5xxErrors: 1, baseEjectionMs: 15_000 });
    answers(first, 500);
    vi.advanceTimersByTime(19_000);
    expect(isEjected(first)).toBe(true);
    vi.advanceTimersByTime(2_000);
    expect(isEjected(first)).toBe(false);
    expect(onChange).toHaveBeenCalledTimes(2);
    answers(first, 500);
    vi.advanceTimersByTime(28_000);
    expect(isEjected(first)).toBe(true);
    vi.advanceTimersByTime(12_000);
    expect(isEjected(first)).toBe(false);
  });

  test('never longer than the longest', () => {
    const { first, answers } = setUp({ consecutive5xxErrors: 1, baseEjectionMs: 60_000, maxEjectionMs: 90_000 });
    first.ejections = 7;
    answers(first, 500);
    expect(first.ejectedUntil).toBe(performance.now() + 90_000);
  });

  test('quiet sweeps make up for earlier ejections, and then there are none', () => {
    const { first, answers } = setUp({ consecutive5xxErrors: 1, baseEjectionMs: 1_000 });
    answers(first, 500);
    vi.advanceTimersByTime(10_000);
    expect(first.ejections).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(first.ejections).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a new policy keeps what is ejected, none lets it go', () => {
    const { first, endpoints, detector, answers, isEjected } = setUp({ consecutive5xxErrors: 1 });
    answers(first, 500);
    detector.update(policy, endpoints);
    expect(isEjected(first)).toBe(true);
    detector.update(undefined, endpoints);
    expect(isEjected(first)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});
