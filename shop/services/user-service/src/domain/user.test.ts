import { expect, test } from 'vitest';
import { emailKey } from './user.ts';

test('spellings of one address are one key', () => {
  expect(emailKey('  Hanako@Example.JP ')).toBe('hanako@example.jp');
  expect(emailKey('ｈａｎａｋｏ@example.jp')).toBe('hanako@example.jp');
});

test('different addresses are different keys', () => {
  expect(emailKey('hanako+shop@example.jp')).not.toBe(emailKey('hanako@example.jp'));
});
