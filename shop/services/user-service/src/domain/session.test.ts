import { expect, test } from 'vitest';
import { judge } from './session.ts';

const now = new Date('2026-01-02T03:04:05Z');
const session = { id: 's', userId: 'u', userAgent: '', createdAt: now, lastUsedAt: now, expiresAt: new Date(now.getTime() + 1) };
const fresh = { session, isRevoked: false, isUsed: false };

test('a refresh token is good once', () => {
  expect(judge(fresh, now)).toBe('renew');
  expect(judge({ ...fresh, isUsed: true }, now)).toBe('revoke');
});

test('a refresh token of a session that has ended is worth nothing, whether it was used or not', () => {
  for (const isUsed of [true, false]) {
    expect(judge({ ...fresh, isUsed, isRevoked: true }, now)).toBe('refuse');
    expect(judge({ ...fresh, isUsed }, session.expiresAt)).toBe('refuse');
  }
});
