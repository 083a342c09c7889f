/**
 * Tells, on a diagnostics channel, how far an event has come in this process: for tests that stop the process exactly there, and for
 * tracers. Subscribers are called synchronously; without any it costs nothing.
 */
import diagnosticsChannel from 'node:diagnostics_channel';
import type { CloudEvent } from './event.ts';

export const busChannelName = 'hikyaku.bus';

export type BusPhase =
  /** The event is on its way into the outbox; the publisher's transaction has not committed. */
  | 'written'
  /** The publisher's transaction has committed; the event is in the outbox. */
  | 'committed'
  /** The broker has it; it is still in the outbox. */
  | 'published'
  /** The handler has done its work; its transaction has not committed. */
  | 'handling'
  /** The handler's transaction has committed; the broker does not know yet. */
  | 'handled'
  /** The broker has been told, and will not deliver it again. */
  | 'acknowledged';

export type BusPoint = { readonly phase: BusPhase; readonly event: CloudEvent };

const channel = diagnosticsChannel.channel(busChannelName);

export function reached(phase: BusPhase, event: CloudEvent): void {
  if (channel.hasSubscribers) channel.publish({ phase, event } satisfies BusPoint);
}
