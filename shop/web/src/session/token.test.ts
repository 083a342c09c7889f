import { describe, expect, it } from 'vitest';
import { readClaims } from './token.ts';

const token = (payload: unknown) => {
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  return `e30.${btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')}.sig`;
};

describe('an access token', () => {
  it('tells who is signed in, in any script', () => {
    expect(readClaims(token({ sub: 'u1', exp: 2000, name: '花子' }))).toEqual({ sub: 'u1', name: '花子' });
  });

  it.each([undefined, '', 'a.b', 'a.b.c', token({ exp: 1 }), token('text')])(
    'that cannot be read is worth nothing: %s',
    (unreadable) => {
      expect(readClaims(unreadable)).toBeUndefined();
    },
  );
});
