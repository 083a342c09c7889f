import { describe, expect, test } from 'vitest';
import { backoffMs, defaultRetry, mayRetry } from './retry.ts';
import type { AttemptResult } from './retry.ts';

describe('mayRetry', () => {
  const neverSent: AttemptResult = { kind: 'never-sent' };
  const noAnswer: AttemptResult = { kind: 'no-answer' };
  const timedOut: AttemptResult = { kind: 'timed-out' };
  const status = (code: number, ...fields: string[]): AttemptResult => ({ kind: 'answered', status: code, fields });
  const grpc = (code: number) => status(200, 'Content-Type', 'application/grpc', 'grpc-status', String(code));
  const limited = status(429, 'x-envoy-ratelimited', 'true');
  const key = 'with key';

  test.each<[AttemptResult, string, string, boolean]>([
    [neverSent, 'POST', '', true],
    [noAnswer, 'POST', '', false],
    [noAnswer, 'PATCH', '', false],
    [noAnswer, `POST ${key}`, '', true],
    [noAnswer, 'GET', '', true],
    [noAnswer, 'PUT', '', true],
    [noAnswer, 'DELETE', '', true],
    [noAnswer, 'POST', 'connect-failure,refused-stream,reset-before-request', false],
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
    [status(429), 'GET', 'retriable-status-codes,429', true],
    [status(503), 'GET', 'retriable-status-codes,429', false],
    [status(200), 'GET', '5xx,429', false],
    [limited, 'GET', 'envoy-ratelimited', true],
    [limited, 'GET', '429', false],
    [limited, 'GET', '429,envoy-ratelimited', true],
    [status(429), 'GET', 'envoy-ratelimited', false],
    [status(200, 'X-Again', '1'), 'POST', 'retriable-headers', true],
    [status(200, 'X-Again', '1'), 'POST', '5xx', false],
    [status(200, 'X-Other', '1'), 'POST', 'retriable-headers', false],
    [grpc(1), 'POST', 'cancelled', true],
    [grpc(4), 'POST', 'deadline-exceeded', true],
    [grpc(8), 'POST', 'resource-exhausted', true],
    [grpc(13), 'POST', 'internal', true],
    [grpc(14), 'POST', 'unavailable', true],
    [grpc(14), 'POST', 'internal,5xx', false],
    [grpc(0), 'POST', 'unavailable', false],
    [status(503), 'GET', 'http3-post-connect-failure', false],
  ])('%j of a %s, retryOn %j: %s', (result, method, retryOn, expected) => {
    const hasIdempotencyKey = method.endsWith(key);
    const request = { method: method.replace(` ${key}`, ''), hasIdempotencyKey, retriableStatusCodes: undefined };
    const policy = { attempts: 2, retryOn: retryOn.split(','), retriableHeaders: ['x-again'] };
    expect(mayRetry(result, request, policy)).toBe(expected);
  });

  test.each<[AttemptResult, boolean]>([
    [neverSent, true],
    [grpc(14), true],
    [grpc(1), true],
    [grpc(2), false],
    [status(503), false],
  ])('%j of a POST under the default policy: %s', (result, expected) => {
    const request = { method: 'POST', hasIdempotencyKey: false, retriableStatusCodes: undefined };
    expect(mayRetry(result, request, defaultRetry)).toBe(expected);
  });

  test.each<[AttemptResult, string[], boolean]>([
    [status(503), defaultRetry.retryOn, true],
    [status(429), defaultRetry.retryOn, true],
    [status(500), defaultRetry.retryOn, false],
    [status(429), ['503'], true],
    [status(503), ['connect-failure', 'reset'], false],
    [limited, defaultRetry.retryOn, false],
  ])('%j where the request names 503 and 429, retryOn %j: %s', (result, retryOn, expected) => {
    const request = { method: 'POST', hasIdempotencyKey: false, retriableStatusCodes: '503, 429' };
    expect(mayRetry(result, request, { attempts: 2, retryOn })).toBe(expected);
  });
});

test('back-off doubles from 25 ms and ends at 250 ms', () => {
  expect([1, 2, 3, 4, 9].map((retry) => backoffMs(retry, 1))).toEqual([25, 75, 175, 250, 250]);
  expect(backoffMs(3, 0)).toBe(0);
});

test('back-off doubles from the base of the policy and ends at ten times it', () => {
  expect([1, 2, 3, 4, 9].map((retry) => backoffMs(retry, 1, 1000))).toEqual([1000, 3000, 7000, 10_000, 10_000]);
});
