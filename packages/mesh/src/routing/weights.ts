/**
 * The choice among weighted destinations.
 */
import type { Destination } from '../snapshot/snapshot.ts';

/** The position of the one that is chosen. `random` is uniform in [0, 1). */
export function pickDestination(destinations: readonly Destination[], random: number): number {
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0);
  let remaining = random * total;
  for (const [position, { weight }] of destinations.entries()) {
    remaining -= weight;
    if (remaining < 0) return position;
  }
  throw new RangeError('a forward action needs a destination with a weight above 0, and a random number below 1');
}
