/**
 * Ring hash (Ketama): every endpoint has many points on a circle, and a hash belongs to the next point clockwise. A new endpoint takes
 * over what lies before its points, about one part in N, and nothing else moves.
 */
import type { Candidate } from './balancer.ts';
import type { HashTable } from './hash-balancer.ts';
import { hash53 } from './xxhash64.ts';

/** Beyond it, endpoints get fewer points: a ring of more takes long to build and spreads no better. */
const largeRing = 16_384;

/** At least as many points as `minimumRingSize` where there are two endpoints or more, shared out by weight. */
export function buildRing<T extends Candidate>(endpoints: readonly T[], minimumRingSize: number): HashTable<T> {
  const lightest = Math.min(...endpoints.map(({ weight }) => weight));
  const pointsOfLightest = pointsFor(endpoints.length, minimumRingSize);
  const points = endpoints.flatMap((endpoint) =>
    Array.from({ length: Math.round((endpoint.weight / lightest) * pointsOfLightest) }, (_, index) => ({
      endpoint,
      at: hash53(`${endpoint.address}:${endpoint.port}_${index}`),
    })),
  );
  points.sort((a, b) => a.at - b.at);
  return (hash) => clockwise(points, hash);
}

/** The same however many endpoints there are, until there are very many: with other numbers of points the others' keys would move too. */
function pointsFor(count: number, minimumRingSize: number): number {
  let points = Math.ceil(minimumRingSize / 2);
  while (points > 1 && points * count > Math.max(largeRing, minimumRingSize)) points = Math.ceil(points / 2);
  return Math.max(1, points);
}

interface Point<T> {
  endpoint: T;
  at: number;
}

function* clockwise<T>(points: readonly Point<T>[], hash: number): Generator<T> {
  const start = firstAtOrAfter(points, hash);
  for (let step = 0; step < points.length; step++) {
    const point = points[(start + step) % points.length];
    if (point !== undefined) yield point.endpoint;
  }
}

function firstAtOrAfter(points: readonly Point<unknown>[], hash: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle]?.at ?? 0) < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}
