/**
 * Events as AMQP messages: the structured mode of the CloudEvents AMQP binding
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md).
 */
import type { CloudEvent } from '../event.ts';

const contentType = 'application/cloudevents+json; charset=utf-8';

/** What is the same in every message of an event. */
export function propertiesOf(event: CloudEvent) {
  return { durable: true, contentType, messageId: `${event.source}/${event.id}`, type: event.type };
}

export function bodyOf(event: CloudEvent): Buffer {
  return Buffer.from(JSON.stringify(event));
}

/** The JSON in the body; the text where it is none. */
export function dataOf(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return body;
  const text = body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
