/**
 * Tells, on a diagnostics channel, where a saga is at this moment: for tests that stop the process exactly there, and for tracers. Subscribers are
 * called synchronously; without any it costs nothing.
 */
import diagnosticsChannel from 'node:diagnostics_channel';

export const sagaChannelName = 'hikyaku.saga';

export type SagaPhase =
  /** The next thing is the step's effect. */
  | 'before'
  /** The effect has happened, nothing remembers it yet. */
  | 'after'
  | 'before-compensate'
  /** The compensation is under way: it was called and has not answered. */
  | 'in-compensate'
  /** It has happened, nothing remembers it yet. */
  | 'after-compensate'
  /** An operator's decision, which `step` names, is durable; nothing has come of it yet. */
  | 'decided';

export type SagaPoint = { readonly saga: string; readonly id: string; readonly step: string; readonly phase: SagaPhase };

const channel = diagnosticsChannel.channel(sagaChannelName);

export function reached(point: SagaPoint): void {
  if (channel.hasSubscribers) channel.publish(point);
}
