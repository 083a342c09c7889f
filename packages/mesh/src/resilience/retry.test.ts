import { describe, expect, test } from 'vitest';
import { backoffMs, mayRetry } from './retry.ts';
import type { AttemptResult } from './retry.ts';

describe('mayRetry', () => {
  const neverSent: AttemptResult = { kind: 'never-sent' };
  const noAnswer: AttemptResult = { kind: 'no-answer' };
  const timedOut: AttemptResult = { kind: 'timed-out' };
  const status = (code: number): AttemptResult => ({ kind: 'answered', status: code });
  const key = 'with key';

  test.each<[AttemptResult, string, string, boolean]>([
    [neverSent, 'POST', '', true],
    [noAnswer, 'POST', '', false],
    [noAnswer, 'PATCH', '', false],
    [noAnswer, `POST ${key}`, '', true],
    [noAnswer, 'GET', '', true],
    [noAnswer, 'PUT', '', true],
    [noAnswer, 'DELETE', '', true],
    [noAnswer, 'POST', 'reset', true],
    [noAnswer, 'POST', '5xx', true],
    [timedOut, 'POST', '', false],
    [timedOut, 'POST', 'gateway-error', true],
    [timedOut, 'GET', '', true],
    [status(503), 'GET', '', false],
    [status(503), 'POST', '5xx', true],
    [status(500), 'GET', '5xx', true],
    [status(500), 'GET', 'gateway-error', false],
    [status(504), 'GET', 'gateway-error', true],
    [status(409), 'PUT', 'retriable-4xx', true],
    [status(404), 'GET', 'retriable-4xx,5xx', false],
    [status(429), 'GET', '429', true],
    [status(200), 'GET', '5xx,429', false],
  ])('%j of a %s, retryOn %j: %s', (result, method, retryOn, expected) => {
    const request = { method: method.replace(` ${key}`, ''), hasIdempotencyKey: method.endsWith(key) };
    expect(mayRetry(result, request, { attempts: 2, retryOn: retryOn.split(',') })).toBe(expected);
  });
});

test('back-off doubles from 25 ms and ends at 250 ms', () => {
  expect([1, 2, 3, 4, 9].map((retry) => backoffMs(retry, 1))).toEqual([25, 75, 175, 250, 250]);
  expect(backoffMs(3, 0)).toBe(0);
});
