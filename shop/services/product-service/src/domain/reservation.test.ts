import { describe, expect, test } from 'vitest';
import { mustRelease, mustReserve, mustSell, ReservationReleased, ReservationSold } from './reservation.ts';

describe('a reservation', () => {
  test('takes stock once, however often it is asked for', () => {
    expect(mustReserve('o', undefined)).toBe(true);
    expect(mustReserve('o', 'reserved')).toBe(false);
    expect(mustReserve('o', 'sold')).toBe(false);
  });

  test('is refused after its release', () => {
    expect(() => mustReserve('o', 'released')).toThrow(ReservationReleased);
  });

  test('gives stock back once, and nothing when it held nothing', () => {
    expect(mustRelease('o', 'reserved')).toBe(true);
    expect(mustRelease('o', 'released')).toBe(false);
    expect(mustRelease('o', undefined)).toBe(false);
  });

  test('cannot be released when it has been sold', () => {
    expect(() => mustRelease('o', 'sold')).toThrow(ReservationSold);
  });

  test('is sold once, and only when it holds stock', () => {
    expect(mustSell('o', 'reserved')).toBe(true);
    expect(mustSell('o', 'sold')).toBe(false);
    expect(() => mustSell('o', 'released')).toThrow(ReservationReleased);
    expect(() => mustSell('o', undefined)).toThrow(ReservationReleased);
  });
});
