/**
 * Maglev: a table of prime size, filled by the endpoints taking places in turn, each by a preference of its own. Spreads more evenly than a
 * ring and is faster to ask; a change of the endpoints moves a little more.
 */
import type { Candidate } from './balancer.ts';
import type { HashTable } from './hash-balancer.ts';
import { hash53 } from './xxhash64.ts';

/** `tableSize` is a prime. */
export function buildMaglev<T extends Candidate>(endpoints: readonly T[], tableSize: number): HashTable<T> {
  const places = fill(endpoints, tableSize);
  return (hash) => from(endpoints, places, hash % tableSize);
}

function* from<T>(endpoints: readonly T[], places: Int32Array, start: number): Generator<T> {
  for (let step = 0; step < places.length; step++) {
    const endpoint = endpoints[places[(start + step) % places.length] ?? 0];
    if (endpoint !== undefined) yield endpoint;
  }
}

/** The index of the endpoint that has each place. */
function fill(endpoints: readonly Candidate[], tableSize: number): Int32Array {
  const places = new Int32Array(tableSize).fill(-1);
  const heaviest = Math.max(...endpoints.map(({ weight }) => weight));
  const preferences = endpoints.map(({ address, port }) => {
    const name = `${address}:${port}`;
    return { next: hash53(name) % tableSize, skip: (hash53(`${name}_skip`) % (tableSize - 1)) + 1 };
  });
  // Lighter endpoints sit rounds out until they have the right to a whole place.
  const rights = endpoints.map(() => 0);
  for (let taken = 0; taken < tableSize;) {
    for (const [index, preference] of preferences.entries()) {
      rights[index] = (rights[index] ?? 0) + (endpoints[index]?.weight ?? 0) / heaviest;
      if ((rights[index] ?? 0) < 1 || taken === tableSize) continue;
      rights[index] = (rights[index] ?? 0) - 1;
      while (places[preference.next] !== -1) preference.next = (preference.next + preference.skip) % tableSize;
      places[preference.next] = index;
      taken++;
    }
  }
  return places;
}
