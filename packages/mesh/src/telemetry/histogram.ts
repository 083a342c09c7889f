/**
 * Counts by size class. The bounds are those of Envoy, which Istio's dashboards are made for; durations in milliseconds and sizes in
 * bytes share them.
 */
export const bounds = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
] as const; // prettier-ignore

export class Histogram {
  /** Per bound, how many were at most that and above the bound before; the last counts what is above all. */
  readonly counts = new Float64Array(bounds.length + 1);
  sum = 0;

  record(value: number): void {
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? Infinity)) index++;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
  }

  add({ counts, sum }: { counts: ArrayLike<number>; sum: number }): void {
    for (let index = 0; index < this.counts.length; index++)
      this.counts[index] = (this.counts[index] ?? 0) + (counts[index] ?? 0);
    this.sum += sum;
  }
}

/**
 * The value below which the share `q` of all lies, taken as evenly spread within its class, as Prometheus' histogram_quantile does.
 * Undefined when there is none at all.
 */
export function quantile(counts: ArrayLike<number>, q: number): number | undefined {
  const total = Array.from(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let remaining = q * total;
  for (let index = 0; index < bounds.length; index++) {
    const count = counts[index] ?? 0;
    if (count >= remaining && count > 0) {
      const lower = bounds[index - 1] ?? 0;
      return lower + ((bounds[index] ?? lower) - lower) * (remaining / count);
    }
    remaining -= count;
  }
  // Nothing is known beyond the last bound.
  return bounds.at(-1);
}
