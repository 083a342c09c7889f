/**
 * Events as AMQP messages: the structured mode of the CloudEvents AMQP binding
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md), with the attempt beside it.
 */
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { CloudEvent } from '../event.ts';

const contentType = 'application/cloudevents+json; charset=utf-8';
const attemptHeader = 'x-attempt';
const reasonHeader = 'x-reason';

/** What is the same in every message of an event. */
export function propertiesOf(event: CloudEvent) {
  return { durable: true, contentType, messageId: `${event.source}/${event.id}`, type: event.type };
}

export function bodyOf(event: CloudEvent): Buffer {
  return Buffer.from(JSON.stringify(event));
}

/** @throws when the message holds no CloudEvent. */
export function eventOf(body: unknown): CloudEvent {
  if (!Buffer.isBuffer(body)) throw new TypeError('the message body is no CloudEvent in JSON');
  const event: unknown = JSON.parse(body.toString('utf8'));
  return Value.Parse(CloudEvent, event);
}

export function attemptHeaders(attempt: number): Record<string, unknown> {
  return { [attemptHeader]: attempt };
}

/** Why it is with the dead; `attempt` is the last one. */
export function deathHeaders(attempt: number, reason: string): Record<string, unknown> {
  return { [attemptHeader]: attempt, [reasonHeader]: reason };
}

const Headers = Type.Object({
  [attemptHeader]: Type.Optional(Type.Integer({ minimum: 1 })),
  [reasonHeader]: Type.Optional(Type.String()),
});

/** A message that says nothing is being tried for the first time. */
export function attemptOf(headers: unknown): number {
  return Value.Check(Headers, headers) ? (headers[attemptHeader] ?? 1) : 1;
}

/** A message without a reason was put there by RabbitMQ. */
export function reasonOf(headers: unknown): string {
  const given = Value.Check(Headers, headers) ? headers[reasonHeader] : undefined;
  return given ?? 'its consumer broke off again and again while handling it';
}
