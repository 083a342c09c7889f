import { describe, expect, test } from 'vitest';
import { hashPassword, isPassword, nobodysHash } from './passwords.ts';

describe('a password hash', () => {
  test('matches its password and no other', async () => {
    const hash = await hashPassword('correct horse');
    expect(await isPassword('correct horse', hash)).toBe(true);
    expect(await isPassword('correct horsf', hash)).toBe(false);
  });

  test('is different each time and carries its parameters', async () => {
    const [one, two] = await Promise.all([hashPassword('same'), hashPassword('same')]);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}$/);
  });

  test('matches the same password typed on another keyboard', async () => {
    expect(await isPassword('ガラス', await hashPassword('ガラス'))).toBe(true);
  });

  test('matches nothing when it cannot be read or is nobody’s', async () => {
    expect(await isPassword('', '')).toBe(false);
    expect(await isPassword('', nobodysHash)).toBe(false);
  });
});
