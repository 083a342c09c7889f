/**
 * What carries events between services. The bus puts outbox and inbox around it, so a broker has to deliver at least once, in
 * order, and nothing more.
 */
import type { Subscription } from './bus.ts';
import type { CloudEvent } from './event.ts';

/**
 * Resolves, to what the data was read as, when the event needs no broker any more: it was handled, or the service keeps it itself.
 * Rejects only when the bus is closing; the event then stays with the broker, and this process is not to get it again.
 */
export type Deliver = (data: unknown) => Promise<CloudEvent>;

/** How many events a consumer has at a time when `prefetch` are handled at the same time: some wait for others of their subject. */
export const takenAtOnce = (prefetch: number): number => prefetch * 8;

export type Outgoing = {
  /** Grows with every event of a publisher. The same event published again has the same one. */
  readonly sequence: number;
  readonly event: CloudEvent;
};

export type StartOptions = {
  readonly signal: AbortSignal;
  /** Called while the broker cannot be reached: `events-db:5432 (connection refused)`. */
  readonly onWaiting: (what: string) => void;
};

export interface Broker {
  /** Resolves once the broker can be used; waits for it as long as it takes. */
  start(options: StartOptions): Promise<void>;
  /** Resolves once the broker has stored every event for every group that wants it, in this order. */
  publish(events: readonly Outgoing[]): Promise<void>;
  /**
   * From now on the group gets its events, whether or not anybody is there to take them. One process of the group takes them at a time,
   * and gives them to `deliver` in the order they were published, without waiting for it; when it dies, the next one begins at once with
   * what it had not finished.
   */
  consume(subscription: Subscription, deliver: Deliver): Promise<void>;
  /** Call when nothing is being delivered any more. May be called twice. */
  close(): Promise<void>;
}
