/** Ages as kubectl prints them: two units at most, and only one where the second says nothing. */

const units = [
  ['y', 365 * 24 * 60 * 60],
  ['d', 24 * 60 * 60],
  ['h', 60 * 60],
  ['m', 60],
  ['s', 1],
] as const;

/** `5s`, `3m20s`, `45m`, `3h12m`, `20h`, `2d4h`, `40d`; never negative. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  if (seconds < 120) return `${seconds}s`;
  const index = units.findIndex(([, length]) => seconds >= length * (length === 60 ? 2 : 1));
  const [unit, length] = units[index] ?? ['s', 1];
  const [smallerUnit, smallerLength] = units[index + 1] ?? ['s', 1];
  const count = Math.floor(seconds / length);
  const rest = Math.floor((seconds % length) / smallerLength);
  // Ten of a unit are exact enough; days and hours read better with a longer tail.
  return rest === 0 || count >= 10 ? `${count}${unit}` : `${count}${unit}${rest}${smallerUnit}`;
}

/** The age at `nowMs` of something that happened at this time; `<unknown>` when it has none. */
export function ageOf(timestamp: string | undefined, nowMs: number): string {
  const sinceMs = Date.parse(timestamp ?? '');
  return Number.isNaN(sinceMs) ? '<unknown>' : humanDuration(nowMs - sinceMs);
}
