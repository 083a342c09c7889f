/**
 * Password hashes: scrypt from node:crypto, with the parameters OWASP's Password Storage Cheat Sheet gives for 16 MiB.
 *
 * OWASP's first choice is Argon2id. Node's own is a release candidate in this version and the packages bring a native binary;
 * scrypt is memory-hard too, stable, and part of the platform. The parameters are stored with each hash, in PHC string format,
 * so they can be raised, or the algorithm replaced, without touching the accounts that exist.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** N = 2^logN iterations, block size r, parallelism p. */
interface Parameters {
  logN: number;
  r: number;
  p: number;
}

const current: Parameters = { logN: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** A PHC string: `$scrypt$ln=14,r=8,p=5$<salt>$<key>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, current);
  return format(current, salt, key);
}

/** Whether the password is the one that was hashed. A hash that cannot be read matches nothing. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
  const [, logN, r, p, salt, key] = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash) ?? [];
  if (salt === undefined || key === undefined) return false;
  const expected = Buffer.from(key, 'base64');
  const actual = await derive(password, Buffer.from(salt, 'base64'), { logN: Number(logN), r: Number(r), p: Number(p) });
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/**
 * A hash that no password has. Comparing with it when there is no such account takes as long as a real comparison, so the time of
 * an answer does not tell which addresses have accounts.
 */
export const nobodysHash = format(current, Buffer.alloc(SALT_BYTES), Buffer.alloc(KEY_BYTES));

function derive(password: string, salt: Buffer, { logN, r, p }: Parameters): Promise<Buffer> {
  const N = 2 ** logN;
  // The same password may arrive composed or decomposed, depending on the keyboard (RFC 8265, OpaqueString).
  const input = password.normalize('NFC');
  return new Promise((resolve, reject) => {
    scrypt(input, salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function format({ logN, r, p }: Parameters, salt: Buffer, key: Buffer): string {
  return `$scrypt$ln=${logN},r=${r},p=${p}$${encode(salt)}$${encode(key)}`;
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
