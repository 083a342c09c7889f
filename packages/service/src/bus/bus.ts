/**
 * The event bus as a service sees it. Publishing is part of the caller's transaction (outbox); handling is part of a
 * transaction of the consumer's own database together with the note that the event was handled (inbox), so that an
 * event has its effect once although it may be delivered more often.
 *
 *   caller's tx ─► outbox ─► relay ─► broker ─► group's queue ─► inbox + handler in one tx
 *                                                     └─ failed ─► parked, with those of its subject behind it ─► tried again
 *                                                                     └─ after the last attempt ─► dead letters
 */
import type { Static, TSchema } from 'typebox';
import type { Transaction } from '../database/database.ts';
import type { AsyncApi } from './asyncapi.ts';
import type { EventDefinition, Listener } from './contract.ts';
import type { CloudEvent, EventHandler, NewEvent } from './event.ts';

export type GroupOptions = {
  /** Every group gets each event, once: one of its processes takes them, the others stand by. Usually the service's name. */
  readonly group: string;
  /** Events handled at the same time, each of another subject. Default 4. */
  readonly prefetch?: number;
  /** Attempts before an event is put with the dead letters. Default 8. */
  readonly attempts?: number;
  /**
   * Up to 8 × `prefetch` events that are there at the same time, each of another subject, are handled in one transaction, one after the other. When
   * one of them fails, all are handled again, each in a transaction of its own. For handlers that write a row or two through `tx` and ask nobody
   * else: what the first of them locks is locked until the last is done. With `onBatch` they are handled in one go. Default false.
   */
  readonly batch?: boolean;
};

export type Subscription = GroupOptions & {
  /** Event types; `*` stands for one dot-separated word, `#` for any number of them: `order.*`, `#`. */
  readonly topics: readonly string[];
};

export type NewEventOf<Data extends TSchema> = {
  /** Default: a new UUID. Give one where publishing again must not make a second event. */
  readonly id?: string;
  /** The id of what it happened to. Events of one subject are handled in the order they were committed. */
  readonly subject: string;
  readonly data: DeepReadonly<Static<Data>>;
};

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T;

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
  /** Has the given ones (default: all) tried again, behind those that wait; resolves to their number. */
  replay(group: string, ids?: readonly string[]): Promise<number>;
}

export interface EventBus {
  /** Declares what this service publishes, for its AsyncAPI document. Call before `service.start()`. */
  publishes(...definitions: readonly EventDefinition[]): void;
  /**
   * Writes the event into the outbox within `tx`: it is published if, and only if, `tx` commits. The second form is for
   * events without a contract.
   * @throws TypeError when the data does not fit the definition, or the definition was not declared with `publishes`.
   */
  publish<Data extends TSchema>(tx: Transaction, definition: EventDefinition<Data>, event: NewEventOf<Data>): Promise<void>;
  publish(tx: Transaction, event: NewEvent): Promise<void>;
  /**
   * Call before `service.start()`. An event of a version that no listener is for, or with data that its definition refuses, goes
   * to the dead letters at once. The second form is for any event whose type matches, whatever it says.
   */
  subscribe(options: GroupOptions, ...listeners: readonly Listener[]): void;
  subscribe(subscription: Subscription, handler: EventHandler): void;
  /** What is published and consumed, as /asyncapi.json shows it. */
  describe(info: { readonly title: string; readonly version: string }): AsyncApi;
  readonly deadLetters: DeadLetters;
}
