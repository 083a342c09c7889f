/**
 * Tells, on a diagnostics channel, how far what goes together (combine.ts) has come in this process: for tests that stop the process exactly there, and
 * for tracers. Subscribers are called synchronously; without any it costs nothing.
 */
import diagnosticsChannel from 'node:diagnostics_channel';

export const roundChannelName = 'hikyaku.round';

/** One write, or call, for all its items. What the items are is the caller's business. */
export type RoundPoint =
  /** It was begun and has not answered. */
  | { readonly phase: 'under-way'; readonly items: readonly unknown[] }
  /** It has answered, a result for each item; none of those who asked knows yet. */
  | { readonly phase: 'written'; readonly items: readonly unknown[]; readonly results: readonly unknown[] };

const channel = diagnosticsChannel.channel(roundChannelName);

export function reached(point: RoundPoint): void {
  if (channel.hasSubscribers) channel.publish(point);
}
