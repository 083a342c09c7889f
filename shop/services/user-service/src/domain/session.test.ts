import { expect, test } from 'vitest';
import { judge } from './session.ts';

const graceMs = 30_000;
const now = new Date('2026-01-02T03:04:05Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const session = { id: 's', userId: 'u', userAgent: '', createdAt: now, lastUsedAt: now, expiresAt: new Date(now.getTime() + 1) };
const fresh = { session, isRevoked: false, usedAt: undefined };

test('a refresh token is good once', () => {
  expect(judge(fresh, now, graceMs)).toBe('renew');
  expect(judge({ ...fresh, usedAt: ago(graceMs) }, now, graceMs)).toBe('revoke');
});

test('a refresh token whose answer may have been lost is good again for a moment', () => {
  for (const usedAt of [now, ago(graceMs - 1)]) expect(judge({ ...fresh, usedAt }, now, graceMs)).toBe('repeat');
  expect(judge({ ...fresh, usedAt: now }, now, 0)).toBe('revoke');
});

test('a refresh token of a session that has ended is worth nothing, whether it was used or not', () => {
  for (const usedAt of [now, ago(graceMs), undefined]) {
    expect(judge({ ...fresh, usedAt, isRevoked: true }, now, graceMs)).toBe('refuse');
    expect(judge({ ...fresh, usedAt }, session.expiresAt, graceMs)).toBe('refuse');
  }
});
