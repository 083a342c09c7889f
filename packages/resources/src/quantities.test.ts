import { describe, expect, it } from 'vitest';
import { parseDurationMs, parseQuantity, resolveIntOrPercent } from './quantities.ts';

describe('quantities', () => {
  it.each([
    ['128Mi', 134_217_728],
    ['500m', 0.5],
    [2, 2],
    ['1.5G', 1_500_000_000],
    ['1e3', 1000],
    ['2Ki', 2048],
    ['.5', 0.5],
  ])('%s is %d', (text, expected) => {
    expect(parseQuantity(text)).toBe(expected);
  });

  it.each(['', '128MB', '1 Gi', 'Mi', '1.2.3', 'NaN', '0x10'])('refuses %o', (text) => {
    expect(() => parseQuantity(text)).toThrow(SyntaxError);
  });
});

describe('durations', () => {
  it.each([
    ['1.5s', 1500],
    ['300ms', 300],
    ['1h2m3s', 3_723_000],
    ['0', 0],
    ['0s', 0],
    ['250us', 0.25],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  it.each(['', '5', '5 s', 's', '-1s', '1d', '1s2'])('refuses %o', (text) => {
    expect(() => parseDurationMs(text)).toThrow(/is not a duration/);
  });
});

describe('a number or a percentage', () => {
  it.each([
    ['25%', 3, 'up', 1],
    ['25%', 3, 'down', 0],
    ['100%', 7, 'up', 7],
    [2, 3, 'up', 2],
    ['0%', 10, 'up', 0],
  ] as const)('%s of %d rounded %s is %d', (value, total, round, expected) => {
    expect(resolveIntOrPercent(value, total, round)).toBe(expected);
  });

  it('refuses other text', () => {
    expect(() => resolveIntOrPercent('half', 3, 'up')).toThrow(SyntaxError);
  });
});
