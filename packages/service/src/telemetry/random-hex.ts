/** Random ids, for traces: many, short, and not secret from anybody. */
import { randomFillSync } from 'node:crypto';

/** Filled at once: asking for a few bytes costs as much as for thousands. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** @param bytes at most a few dozen. */
export function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
