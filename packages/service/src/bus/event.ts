/**
 * Events as CloudEvents 1.0 (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md), structured JSON.
 */
import { Type, type Static } from 'typebox';

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
  data: Type.Unknown(),
  /** W3C trace context of the publisher (the Distributed Tracing extension). */
  traceparent: Type.Optional(Type.String()),
});
export type CloudEvent = Static<typeof CloudEvent>;

/** What a publisher supplies; the bus adds the rest. */
export type NewEvent = {
  /** Default: a new UUID. Give one where publishing again must not make a second event. */
  readonly id?: string;
  readonly type: string;
  readonly subject?: string;
  /** JSON. */
  readonly data: unknown;
};
