/**
 * Takes a group's events from its queue, `prefetch` at a time. An event is acknowledged when it was handled, or when RabbitMQ has
 * confirmed that it waits for another attempt or is with the dead: whenever the process dies, one of the queues has it.
 */
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { AsyncMessage, Connection, Consumer, Publisher } from 'rabbitmq-client';
import type { Deliver } from '../broker.ts';
import type { Subscription } from '../bus.ts';
import type { CloudEvent } from '../event.ts';
import { matchesTopic } from '../topic.ts';
import { reasonOf } from './connection.ts';
import { attemptHeaders, attemptOf, bodyOf, deathHeaders, eventOf, propertiesOf } from './message.ts';
import { deadExchange, eventsExchange, exchanges, groupQueue, retryAfter, retryQueues } from './topology.ts';

export type ConsumerOptions = {
  readonly connection: Connection;
  /** With confirms. */
  readonly publisher: Publisher;
  readonly subscription: Subscription;
  readonly deliver: Deliver;
  readonly log: Logger;
};

/** Resolves when the queue and its bindings are there. */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { connection, subscription, log } = options;
  const { group, topics, prefetch = 4 } = subscription;
  for (const queue of retryQueues(group)) await connection.queueDeclare(queue);
  const consumer = connection.createConsumer(
    {
      queue: group,
      queueOptions: groupQueue(group),
      exchanges,
      queueBindings: topics.map((topic) => ({ exchange: eventsExchange, queue: group, routingKey: topic })),
      qos: { prefetchCount: prefetch },
      concurrency: prefetch,
    },
    (message) => handle(message, options),
  );
  consumer.on('error', (error: unknown) => log.warn({ queue: group, reason: reasonOf(error) }, 'consuming was interrupted'));
  await once(consumer, 'ready');
  return consumer;
}

/** Resolving acknowledges; a rejection gives the message back to the queue. */
async function handle(message: AsyncMessage, { publisher, subscription, deliver, log }: ConsumerOptions): Promise<void> {
  const { group, topics, attempts = 8 } = subscription;
  const attempt = attemptOf(message.headers);
  let event: CloudEvent;
  try {
    event = eventOf(message.body);
  } catch (error) {
    log.error({ err: error, queue: group }, 'a message that is no event was put with the dead letters');
    await bury(publisher, message, group, attempt, error);
    return;
  }
  // A binding of an earlier version of this group may still be there; RabbitMQ's protocol has no way to ask for them.
  if (!topics.some((topic) => matchesTopic(topic, event.type))) return;
  try {
    await deliver(event);
  } catch (error) {
    log.warn({ err: error, queue: group, event: event.id, attempt, attempts }, 'event was not handled');
    if (attempt >= attempts) await bury(publisher, message, group, attempt, error);
    else await retryLater(publisher, group, event, attempt);
  }
}

async function bury(publisher: Publisher, message: AsyncMessage, group: string, attempt: number, error: unknown): Promise<void> {
  const { messageId, type, contentType } = message;
  const body: unknown = message.body;
  await publisher.send(
    {
      exchange: deadExchange,
      routingKey: group,
      durable: true,
      timestamp: Math.floor(Date.now() / 1000),
      headers: deathHeaders(attempt, error instanceof Error ? error.message : String(error)),
      ...(messageId !== undefined && { messageId }),
      ...(type !== undefined && { type }),
      ...(contentType !== undefined && { contentType }),
    },
    body,
  );
}

/** Jitter: anywhere in the second half of the pause, so that what failed together does not come back together. */
async function retryLater(publisher: Publisher, group: string, event: CloudEvent, attempt: number): Promise<void> {
  const { queue, delayMs } = retryAfter(group, attempt);
  await publisher.send(
    {
      routingKey: queue,
      ...propertiesOf(event),
      expiration: String(Math.round(delayMs * (0.5 + Math.random() / 2))),
      headers: attemptHeaders(attempt + 1),
    },
    bodyOf(event),
  );
}
