import { ClientError, SagaAbort } from '@hikyaku/service';
import { describe, expect, test } from 'vitest';
import { refuseForGood } from './refusal.ts';

function answer(status: number, type = 'about:blank'): ClientError {
  return new ClientError('CLIENT_STATUS', 'no', { service: 'other', status, problem: { type, title: 'No', status } });
}

function passedOn(error: unknown): unknown {
  try {
    return refuseForGood(error);
  } catch (thrown) {
    return thrown;
  }
}

describe('an answer of another service', () => {
  test('that says why ends the saga with that reason', () => {
    expect(passedOn(answer(409, 'urn:shop:problem:out_of_stock'))).toMatchObject({ reason: 'out_of_stock' });
  });

  test.each([400, 404, 409, 422])('of %i ends the saga, for asking again would not help', (status) => {
    expect(passedOn(answer(status))).toBeInstanceOf(SagaAbort);
  });

  test.each([408, 425, 429, 500, 502, 503, 504])('of %i is worth asking again', (status) => {
    const error = answer(status);
    expect(passedOn(error)).toBe(error);
  });

  test('that never came is worth asking again', () => {
    const error = new ClientError('CLIENT_TIMEOUT', 'no answer', { service: 'other' });
    expect(passedOn(error)).toBe(error);
  });
});
