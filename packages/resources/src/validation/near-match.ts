/** Guesses what a misspelt name was meant to be. */
import { closest, distance } from 'fastest-levenshtein';

/** The candidate within a third of the length in edits, whatever the case; undefined when none is that near. */
export function nearMatch(name: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const byLowerCase = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const lower = name.toLowerCase();
  const best = closest(lower, [...byLowerCase.keys()]);
  return distance(lower, best) <= Math.ceil(name.length / 3) ? byLowerCase.get(best) : undefined;
}

/** `did you mean replicas?`, or undefined. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const match = nearMatch(name, candidates);
  return match === undefined ? undefined : `did you mean ${match}?`;
}
