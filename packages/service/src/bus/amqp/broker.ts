/**
 * A broker on RabbitMQ: a topic exchange, a quorum queue per group. Publishing is confirmed; the connection comes back by itself, and
 * what was under way when it broke is delivered again.
 */
import { setImmediate as immediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Broker } from '../broker.ts';
import { createConnection, untilConnected } from './connection.ts';
import { startConsumer } from './consumer.ts';
import { bodyOf, propertiesOf } from './message.ts';
import { eventsExchange, exchanges } from './topology.ts';

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
  let isClosing = false;
  /** Cutting the connection returns what was not acknowledged before anybody else gets what follows; cancelling a consumer would not. */
  const close = async (): Promise<void> => {
    isClosing = true;
    // Acknowledgements of what was just handled are written in this turn.
    await immediate();
    await publisher.close().catch(() => undefined);
    connection.unsafeDestroy();
  };
  let closed: Promise<void> | undefined;
  return {
    start: (options) => untilConnected(connection, url, options),
    publish: async (events) => {
      await Promise.all(
        events.map(({ event }) =>
          publisher.send(
            { exchange: eventsExchange, routingKey: event.type, mandatory: true, ...propertiesOf(event) },
            bodyOf(event),
          ),
        ),
      );
    },
    consume: (subscription, deliver) => startConsumer({ connection, subscription, deliver, isClosing: () => isClosing, log }),
    close: () => (closed ??= close()),
  };
}
