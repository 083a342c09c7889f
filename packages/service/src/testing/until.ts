/** Waits for a condition, for tests that have nothing to await. */
import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 15;

/**
 * Resolves to the first answer of `look` that is neither `undefined` nor `false`.
 * @throws after `withinMs` (default 15000), naming `what` was waited for.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 15_000,
): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > giveUpAt) throw new Error(`waited ${withinMs} ms for ${what}`);
    await delay(pauseMs);
  }
}
