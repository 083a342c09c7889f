import { beforeEach, describe, expect, it } from 'vitest';
import { createGathering, type Gathering } from './gathering.ts';

const mostMs = 100;
const aimedAt = 10;
let now: number;
let gathering: Gathering;

/** One after the other, for long enough that what was before is forgotten. */
function comeEvery(ms: number, forMs = 20 * mostMs): void {
  for (let passed = 0; passed < forMs; passed += ms) {
    now += ms;
    gathering.came(1);
  }
}

beforeEach(() => {
  now = 5000;
  gathering = createGathering({ mostMs, aimedAt }, () => now);
});

describe('a round waits for company', () => {
  it('not at all when it is alone', () => {
    gathering.came(1);
    expect(gathering.windowMs()).toBe(0);
    comeEvery(mostMs);
    expect(gathering.windowMs()).toBe(0);
  });

  it('not because the same one comes again and again for a moment', () => {
    for (let step = 0; step < 8; step++) {
      gathering.came(1);
      now += 10;
      expect(gathering.windowMs()).toBe(0);
    }
  });

  it('the longer the more come, until rounds are as large as was aimed at', () => {
    const windows = [40, 25, 15, 12].map((everyMs) => {
      comeEvery(everyMs);
      return gathering.windowMs();
    });
    expect(windows).toEqual(windows.toSorted((a, b) => a - b));
    expect(windows[0]).toBeGreaterThan(0);
    expect(windows.at(-1)).toBeLessThanOrEqual(mostMs);
    comeEvery(mostMs / aimedAt);
    expect(gathering.windowMs()).toBeGreaterThan(0.9 * mostMs);
  });

  it('less when so many come that rounds are large anyway', () => {
    comeEvery(1);
    // A hundred within the longest wait: ten of them are there after a tenth of it.
    expect(gathering.windowMs()).toBeGreaterThan(0.09 * mostMs);
    expect(gathering.windowMs()).toBeLessThan(0.12 * mostMs);
  });

  it('no more a moment after the others have gone', () => {
    comeEvery(5);
    now += 20 * mostMs;
    gathering.came(1);
    expect(gathering.windowMs()).toBe(0);
  });
});
