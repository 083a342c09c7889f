import { describe, expect, test } from 'vitest';
import { mustRelease, refuseIfEnded, refuseIfGone, ReservationEnded, toCommit } from './reservation.ts';

describe('a reservation', () => {
  test('may be asked for again while it is held, and after it was sold', () => {
    for (const state of ['reserved', 'committed', 'sold'] as const) expect(() => refuseIfEnded('o', state)).not.toThrow();
  });

  test.each(['released', 'expired'] as const)('is refused once it has been %s', (state) => {
    expect(() => refuseIfEnded('o', state)).toThrow(expect.objectContaining({ code: `reservation_${state}` }));
    expect(() => refuseIfGone('o', state)).toThrow(ReservationEnded);
  });

  test('is kept for a confirmed order, and taken again when its time was up before', () => {
    expect(toCommit('o', 'reserved')).toBe('keep');
    expect(toCommit('o', 'committed')).toBe('nothing');
    expect(toCommit('o', 'sold')).toBe('nothing');
    expect(toCommit('o', 'expired')).toBe('take-again');
    expect(() => toCommit('o', 'released')).toThrow(ReservationEnded);
    expect(() => toCommit('o', undefined)).toThrow(ReservationEnded);
  });

  test('gives stock back once, and nothing when it held nothing', () => {
    for (const state of ['reserved', 'committed'] as const) expect(mustRelease('o', state)).toBe(true);
    for (const state of ['released', 'expired', undefined] as const) expect(mustRelease('o', state)).toBe(false);
  });

  test('cannot be released when it has been sold', () => {
    expect(() => mustRelease('o', 'sold')).toThrow(expect.objectContaining({ code: 'reservation_sold' }));
  });

  test('is sold once, however often it is asked for, and only when it held stock', () => {
    expect(() => refuseIfGone('o', 'sold')).not.toThrow();
    expect(() => refuseIfGone('o', undefined)).toThrow(expect.objectContaining({ code: 'reservation_released' }));
  });
});
