/**
 * How long a round waits for company: what nobody is in a hurry for costs less when it goes together. A bus stop, not a timetable: with nobody else in
 * sight it leaves at once; the more have come lately, the longer it pays to wait, until a round is as large as was aimed at and waits less again.
 *
 *     expected to come within `mostMs`   0 … 2    … aimedAt …    twice that
 *     waits                              0   ↗    mostMs     ↘   half of mostMs
 *
 * Knows nothing of what is gathered, and does not wait itself.
 */
export type GatherOptions = {
  /** The longest wait. */
  readonly mostMs: number;
  /** Items of a round that is large enough. Default 10: with more, what a round costs is no longer most of what an item costs. */
  readonly aimedAt?: number;
};

export interface Gathering {
  /** So many have come now. */
  came(count: number): void;
  /** How long a round is to wait from when its first came, by what came lately. */
  windowMs(): number;
  /** A round of as many need not wait any longer. */
  readonly enough: number;
}

/** Of `mostMs`: what came longer ago says little. One whose work asks for several rounds, one after the other, must not take itself for company. */
const memory = 4;
/** With fewer expected there is next to nothing to gain. */
const fewest = 2;

/** @param now milliseconds of a clock that never goes back. */
export function createGathering({ mostMs, aimedAt = 10 }: GatherOptions, now = () => performance.now()): Gathering {
  const memoryMs = memory * mostMs;
  let lately = 0;
  let countedAt = now();
  const faded = (): number => {
    const at = now();
    lately *= Math.exp((countedAt - at) / memoryMs);
    countedAt = at;
    return lately;
  };
  return {
    enough: aimedAt,
    came: (count) => {
      lately = faded() + count;
    },
    windowMs: () => {
      const expected = faded() / memory;
      if (expected >= aimedAt) return (mostMs * aimedAt) / expected;
      return mostMs * Math.max(0, (expected - fewest) / (aimedAt - fewest));
    },
  };
}
