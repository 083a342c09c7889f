import { describe, expect, test } from 'vitest';
import { grpcAnswerFields, grpcStatusFor, isGrpc } from './status.ts';
import { requestTimeoutMs } from './timeout.ts';

const grpc = ['Content-Type', 'application/grpc'];

test.each([
  ['application/grpc', true],
  ['application/grpc+proto', true],
  ['Application/gRPC;charset=x', true],
  ['application/grpc-web', false],
  ['application/json', false],
])('%s is a gRPC call: %s', (type, expected) => {
  expect(isGrpc(['content-type', type])).toBe(expected);
});

test.each([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [421, 2],
  [429, 14],
  [503, 14],
  [504, 14],
])('HTTP %i is answered as gRPC status %i', (http, status) => {
  expect(grpcStatusFor(http)).toBe(status);
});

test('messages are percent-encoded', () => {
  expect(grpcAnswerFields(503, '100 % 飛\n').at(-1)).toBe('100 %25 %E9%A3%9B%0A');
});

describe('grpc-timeout', () => {
  test.each([
    ['100m', undefined, 100],
    ['2S', undefined, 2000],
    ['1500000u', undefined, 1500],
    ['1n', undefined, 1],
    ['99999999H', undefined, 2 ** 31 - 1],
    ['2S', 500, 500],
    ['2S', 5000, 2000],
    ['123456789S', 5000, 5000],
    ['soon', undefined, undefined],
  ])('%s where the route allows %s is %s ms', (written, routeMs, expected) => {
    expect(requestTimeoutMs([...grpc, 'grpc-timeout', written], routeMs)).toBe(expected);
  });

  test('means nothing on other requests', () => {
    expect(requestTimeoutMs(['grpc-timeout', '1S'], undefined)).toBeUndefined();
  });
});
