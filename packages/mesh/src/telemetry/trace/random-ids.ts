/**
 * Ids that nobody has to guess: of requests, traces and spans. Random digits are drawn for many of them at a time: each draw on its own is a
 * system call, and Node's own `randomUUID` puts each id together from twenty pieces.
 */
import { randomBytes } from 'node:crypto';

const poolDigits = 12_288;
let pool = '';
let poolPosition = 0;

export function randomHex(digits: number): string {
  const start = draw(digits);
  return pool.slice(start, start + digits);
}

/** Version 4 (RFC 9562 §5.4). */
export function newUuid(): string {
  const at = draw(32);
  const variant = '89ab'[pool.charCodeAt(at + 16) & 3] ?? '8';
  return [
    pool.slice(at, at + 8),
    pool.slice(at + 8, at + 12),
    `4${pool.slice(at + 13, at + 16)}`,
    variant + pool.slice(at + 17, at + 20),
    pool.slice(at + 20, at + 32),
  ].join('-');
}

/** Where in the pool as many digits begin that nobody has had. */
function draw(digits: number): number {
  if (poolPosition + digits > pool.length) {
    pool = randomBytes(poolDigits / 2).toString('hex');
    poolPosition = 0;
  }
  poolPosition += digits;
  return poolPosition - digits;
}
