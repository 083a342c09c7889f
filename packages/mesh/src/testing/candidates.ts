/**
 * Endpoints as balancers see them, and a random number that is the same in every run, for tests of balancing.
 */
import type { BalancedRequest, Candidate } from '../balance/balancer.ts';

export type TestCandidate = { -readonly [Field in keyof Candidate]: Candidate[Field] };

/** The n-th of its kind: an address of its own. */
export function candidate(n: number, change: Partial<Candidate> = {}): TestCandidate {
  return { address: `127.16.${n >> 8}.${n & 255}`, port: 8080, active: 0, weight: 1, responseTimeMs: 0, ...change };
}

export function candidates(count: number): TestCandidate[] {
  return Array.from({ length: count }, (_, index) => candidate(index));
}

/** Mulberry32: uniform in [0, 1). */
export function seededRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function requestWith(
  headers: Record<string, string>,
  remoteAddress = '127.0.0.1',
): BalancedRequest & { cookies: string[] } {
  const cookies: string[] = [];
  return {
    remoteAddress,
    cookies,
    header: (name) => headers[name],
    query: (name) => headers[`?${name}`],
    setCookie: (field) => void cookies.push(field),
  };
}
