/**
 * How values of a DestinationRule are read: in protobuf, 0 and absent are the same, and most fields mean "no limit" by it.
 */
import { parseDurationMs } from '@hikyaku/resources';

/** Says what could not be carried out as written; the caller adds whose rule it is. */
export type Warn = (message: string) => void;

/** Undefined when absent, or when it is no duration, which is said. */
export function durationMs(text: string | undefined, field: string, warn: Warn): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDurationMs(text);
  } catch {
    warn(`${field}: ${JSON.stringify(text)} is no duration`);
    return undefined;
  }
}

/** Only the fields that have a value other than 0. */
export function nonZero<T extends Record<string, number | undefined>>(fields: T): { [Name in keyof T]?: number } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value > 0);
  return Object.fromEntries(given) as { [Name in keyof T]?: number };
}
