/**
 * What carries events between services. The bus puts outbox and inbox around it, so a broker has to deliver at least
 * once and nothing more.
 */
import type { DeadLetters, Subscription } from './bus.ts';
import type { CloudEvent } from './event.ts';

/** Rejects when the event was not handled and must come again. */
export type Deliver = (event: CloudEvent) => Promise<void>;

export type StartOptions = {
  readonly signal: AbortSignal;
  /** Called while the broker cannot be reached: `events-db:5432 (connection refused)`. */
  readonly onWaiting: (what: string) => void;
};

export interface Broker {
  /** Resolves once the broker can be used; waits for it as long as it takes. */
  start(options: StartOptions): Promise<void>;
  /** Resolves once the broker has stored every event for every group that wants it. Order is not kept. */
  publish(events: readonly CloudEvent[]): Promise<void>;
  /**
   * From now on the group gets its events, whether or not anybody is there to take them; this process takes its share.
   * An event that was being delivered when a process died is delivered again at once.
   */
  consume(subscription: Subscription, deliver: Deliver): Promise<void>;
  readonly deadLetters: DeadLetters;
  /** Finishes what is being delivered. May be called twice. */
  close(): Promise<void>;
}
