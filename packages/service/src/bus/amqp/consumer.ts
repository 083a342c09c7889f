/**
 * Takes a group's events from its queue. RabbitMQ gives them to one process at a time, in order, and to the next one when that one's
 * connection ends, beginning with what was not acknowledged.
 */
import { once } from 'node:events';
import type { Logger } from 'pino';
import type { Connection } from 'rabbitmq-client';
import { takenAtOnce, type Deliver } from '../broker.ts';
import type { Subscription } from '../bus.ts';
import { reached } from '../points.ts';
import { reasonOf } from './connection.ts';
import { dataOf } from './message.ts';
import { eventsExchange, exchanges, groupQueue } from './topology.ts';

export type ConsumerOptions = {
  readonly connection: Connection;
  readonly subscription: Subscription;
  readonly deliver: Deliver;
  /** Losing the connection is no news then. */
  readonly isClosing: () => boolean;
  readonly log: Logger;
};

/** Resolves when the queue and its bindings are there. Ends with the connection. */
export async function startConsumer(options: ConsumerOptions): Promise<void> {
  const { connection, subscription, isClosing, log } = options;
  const { group, topics, prefetch = 4 } = subscription;
  const queueOptions = groupQueue(group);
  const { queue } = queueOptions;
  const consumer = connection.createConsumer(
    {
      queue,
      queueOptions,
      exchanges,
      queueBindings: topics.map((topic) => ({ exchange: eventsExchange, queue, routingKey: topic })),
      qos: { prefetchCount: takenAtOnce(prefetch) },
    },
    ({ body }) => receive(body, options),
  );
  consumer.on('error', (error: unknown) => {
    if (!isClosing()) log.warn({ queue, reason: reasonOf(error) }, 'consuming was interrupted');
  });
  await once(consumer, 'ready');
}

/**
 * Resolving acknowledges. A delivery that fails does so because the bus is closing, and is neither acknowledged nor given back: given
 * back while later ones are in other hands, it would come behind them. The end of the connection returns all of them, in order.
 */
async function receive(body: unknown, { deliver }: ConsumerOptions): Promise<void> {
  const event = await deliver(dataOf(body)).catch(() => new Promise<never>(() => undefined));
  // The library writes the acknowledgement as soon as this function has returned.
  setImmediate(() => reached('acknowledged', event));
}
