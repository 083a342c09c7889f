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

const nextUuid = batches(makeUuid);

/** Version 4 (RFC 9562 §5.4). */
export function newUuid(): string {
  return nextUuid();
}

function makeUuid(): string {
  const digits = randomHex(32);
  const variant = '89ab'[digits.charCodeAt(16) & 3] ?? '8';
  const third = `4${digits.slice(13, 16)}`;
  return [digits.slice(0, 8), digits.slice(8, 12), third, variant + digits.slice(17, 20), digits.slice(20)].join('-');
}

const batchSize = 64;

/**
 * Made so many at a time: one that is made between two things that have nothing to do with it costs several times as much, for want of what it
 * needs in the processor's caches.
 */
export function batches(make: () => string): () => string {
  let made: string[] = [];
  return () => {
    if (made.length === 0) made = Array.from({ length: batchSize }, make);
    return made.pop() ?? make();
  };
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
