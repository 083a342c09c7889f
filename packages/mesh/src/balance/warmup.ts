/**
 * Slow start: an endpoint that has just come gets a share that grows to its full weight. Envoy's formula.
 */
import type { WarmupPolicy } from '../snapshot/cluster-policies.ts';

/** What of the full weight an endpoint has so long after it came: above 0, and 1 once it is warm. */
export function warmth({ durationMs, minimumPercent, aggression }: WarmupPolicy, ageMs: number): number {
  if (ageMs >= durationMs) return 1;
  // Envoy counts the first second as a whole one.
  const part = Math.min(1, Math.max(ageMs, 1000) / durationMs);
  return Math.max(minimumPercent / 100, part ** (1 / aggression), Number.EPSILON);
}
