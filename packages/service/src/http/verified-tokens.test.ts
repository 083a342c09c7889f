import { expect, it } from 'vitest';
import { createVerifiedTokens } from './verified-tokens.ts';

it('keeps a token for half a minute, and not beyond its own end', () => {
  let nowMs = 1_000_000;
  const tokens = createVerifiedTokens<{ sub: string; exp?: number }>(() => nowMs);
  tokens.keep('long', { sub: 'a', exp: 5_000 });
  tokens.keep('short', { sub: 'b', exp: 1_010 });
  tokens.keep('endless', { sub: 'c' });
  const known = () => ['long', 'short', 'endless', 'never seen'].map((token) => tokens.find(token)?.sub);
  expect(known()).toEqual(['a', 'b', 'c', undefined]);
  nowMs += 10_000;
  expect(known()).toEqual(['a', undefined, 'c', undefined]);
  nowMs += 20_000;
  expect(known()).toEqual([undefined, undefined, undefined, undefined]);
});

it('forgets the oldest when there are too many', () => {
  const tokens = createVerifiedTokens<{ sub: string; exp?: number }>(() => 0);
  for (let index = 0; index <= 1_000; index++) tokens.keep(`token ${index}`, { sub: String(index) });
  expect([tokens.find('token 0'), tokens.find('token 1')?.sub, tokens.find('token 1000')?.sub]).toEqual([undefined, '1', '1000']);
});
