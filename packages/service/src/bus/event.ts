/**
 * Events as CloudEvents 1.0 (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md), structured JSON.
 */
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Transaction } from '../database/database.ts';

export const CloudEvent = Type.Object({
  specversion: Type.Literal('1.0'),
  /** Unique together with `source`: what consumers recognise a duplicate by. */
  id: Type.String({ minLength: 1 }),
  /** The producer, `/order-service`. */
  source: Type.String({ minLength: 1 }),
  /** What happened, in the past tense: `order.confirmed`. Doubles as the topic. */
  type: Type.String({ minLength: 1 }),
  /** What it happened to, usually an id. */
  subject: Type.Optional(Type.String()),
  /** When it happened, RFC 3339. */
  time: Type.String(),
  datacontenttype: Type.Literal('application/json'),
  /** The contract the data keeps, `urn:hikyaku:event:order.confirmed:1`; without it, version 1 is meant. */
  dataschema: Type.Optional(Type.String()),
  data: Type.Unknown(),
  /** W3C trace context of the publisher (the Distributed Tracing extension). */
  traceparent: Type.Optional(Type.String()),
});
export type CloudEvent = Static<typeof CloudEvent>;

/** Every event is checked where it leaves and where it arrives. */
export const cloudEvent = Compile(CloudEvent);

/** What a publisher supplies; the bus adds the rest. */
export type NewEvent = {
  /** Default: a new UUID. Give one where publishing again must not make a second event. */
  readonly id?: string;
  readonly type: string;
  readonly subject?: string;
  readonly dataschema?: string;
  /** JSON. */
  readonly data: unknown;
};

/**
 * Handles one event. Whatever it writes through `tx` commits together with the note that the event was handled; when
 * it throws, nothing is written and the event comes again later, with growing pauses, before any other of its subject.
 */
export type EventHandler = (event: CloudEvent, tx: Transaction) => Promise<void>;

/** Some of the events that are handled in one transaction, and what is done about them in one go. Rejects as an EventHandler does. */
export type Handling = { readonly events: readonly CloudEvent[]; readonly run: (tx: Transaction) => Promise<void> };

/** Says how events of one transaction are handled: one by one, or some of them together. */
export type HandlingOf = (events: readonly CloudEvent[]) => readonly Handling[];

export const oneByOne =
  (handle: EventHandler): HandlingOf =>
  (events) =>
    events.map((event) => ({ events: [event], run: async (tx) => handle(event, tx) }));
