/**
 * A broker on RabbitMQ: a topic exchange, a quorum queue per group. Publishing is confirmed; the connection comes back by itself, and
 * what was under way when it broke is delivered again.
 */
import type { Logger } from 'pino';
import type { Consumer } from 'rabbitmq-client';
import type { Broker } from '../broker.ts';
import { createConnection, untilConnected } from './connection.ts';
import { startConsumer } from './consumer.ts';
import { amqpDeadLetters } from './dead-letters.ts';
import { bodyOf, propertiesOf } from './message.ts';
import { deadExchange, deadQueue, eventsExchange, exchanges } from './topology.ts';

export type AmqpBrokerOptions = { readonly url: string; readonly connectionName: string; readonly log: Logger };

export function createAmqpBroker({ url, connectionName, log }: AmqpBrokerOptions): Broker {
  const connection = createConnection({ url, connectionName, log });
  const publisher = connection.createPublisher({ confirm: true, exchanges });
  const unwanted = new Set<string | undefined>();
  publisher.on('basic.return', ({ type }) => {
    if (unwanted.has(type)) return;
    unwanted.add(type);
    log.info({ type }, 'no group takes events of this type');
  });
  const consumers: Consumer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(consumers.map((consumer) => consumer.close()));
    await publisher.close();
    await connection.close();
  };
  let closed: Promise<void> | undefined;
  return {
    start: (options) => untilConnected(connection, url, options),
    publish: async (events) => {
      await Promise.all(
        events.map((event) =>
          publisher.send(
            { exchange: eventsExchange, routingKey: event.type, mandatory: true, ...propertiesOf(event) },
            bodyOf(event),
          ),
        ),
      );
    },
    consume: async (subscription, deliver) => {
      const { group } = subscription;
      await connection.queueDeclare(deadQueue(group));
      await connection.exchangeDeclare({ exchange: deadExchange, type: 'direct', durable: true });
      await connection.queueBind({ exchange: deadExchange, queue: `${group}.dead`, routingKey: group });
      consumers.push(await startConsumer({ connection, publisher, subscription, deliver, log }));
    },
    deadLetters: amqpDeadLetters(connection, publisher),
    close: () => (closed ??= close()),
  };
}
