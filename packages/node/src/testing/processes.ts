/**
 * Whether processes live, for tests. Linux only, like what they test.
 */
import { readFileSync } from 'node:fs';

/** A zombie, which nobody has reaped yet, is dead. */
export function isAlive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0];
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
