/**
 * The event bus as a service sees it. Publishing is part of the caller's transaction (outbox); handling is part of a
 * transaction of the consumer's own database together with the note that the event was handled (inbox), so that an
 * event has its effect once although it may be delivered more often.
 *
 *   caller's tx ─► outbox ─► relay ─► broker ─► group's queue ─► inbox + handler in one tx
 *                                                     └─ after the last attempt ─► dead letters
 */
import type { Transaction } from '../database/database.ts';
import type { CloudEvent, NewEvent } from './event.ts';

export type Subscription = {
  /** Consumers of the same group share the events; every group gets each event. Usually the service's name. */
  readonly group: string;
  /** Event types; `*` stands for one dot-separated word, `#` for any number of them: `order.*`, `#`. */
  readonly topics: readonly string[];
  /** Events handled at the same time by this process. Default 4. */
  readonly prefetch?: number;
  /** Attempts before an event is put with the dead letters. Default 8. */
  readonly attempts?: number;
};

/**
 * Handles one event. Whatever it writes through `tx` commits together with the note that the event was handled; when
 * it throws, nothing is written and the event comes again later, with growing pauses.
 */
export type EventHandler = (event: CloudEvent, tx: Transaction) => Promise<void>;

export type DeadLetter = {
  readonly id: string;
  readonly event: CloudEvent;
  readonly failedAt: Date;
  /** The message of the last error. */
  readonly reason: string;
};

export interface DeadLetters {
  /** The oldest first, at most `limit` (default 100). */
  list(group: string, limit?: number): Promise<DeadLetter[]>;
  /** Puts the given ones (default: all) back into the group's queue; resolves to their number. */
  replay(group: string, ids?: readonly string[]): Promise<number>;
}

export interface EventBus {
  /** Writes the event into the outbox within `tx`: it is published if, and only if, `tx` commits. */
  publish(tx: Transaction, event: NewEvent): Promise<void>;
  /** Call before `service.start()`. */
  subscribe(subscription: Subscription, handler: EventHandler): void;
  readonly deadLetters: DeadLetters;
}
