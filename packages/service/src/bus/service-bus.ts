/**
 * The event bus of one service: outbox and relay on the way out, broker in between, inbox on the way in. The broker's
 * library is loaded when the service starts, by the scheme of BROKER_URL.
 */
import type { Logger } from 'pino';
import type { TSchema } from 'typebox';
import type { Transaction } from '../database/database.ts';
import type { DatabasePool } from '../database/pool.ts';
import type { Guard } from '../resilience/guard.ts';
import type { Broker, StartOptions } from './broker.ts';
import type { EventBus, NewEventOf } from './bus.ts';
import type { EventDefinition } from './contract.ts';
import { createDeclarations } from './declarations.ts';
import type { NewEvent } from './event.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createInbox, type Inbox } from './inbox/inbox.ts';
import { toCloudEvent, writeOutbox } from './outbox.ts';
import { reached } from './points.ts';
import { createRelay, type Relay } from './relay.ts';

export interface ServiceBus extends EventBus {
  /** Those subscribed so far. */
  readonly groups: readonly string[];
  /** Resolves once events go out and come in. */
  start(options: StartOptions): Promise<void>;
  close(): Promise<void>;
}

export type BusOptions = {
  readonly service: string;
  readonly brokerUrl: string;
  readonly database: DatabasePool;
  /** Around publishing. */
  readonly guard: Guard;
  readonly log: Logger;
};

export function createBus({ service, brokerUrl, database, guard, log }: BusOptions): ServiceBus {
  const declared = createDeclarations(service);
  let started: { readonly broker: Broker; readonly relay: Relay } | undefined;
  const inboxes = new Map<string, Inbox>();
  function publish<Data extends TSchema>(
    tx: Transaction,
    definition: EventDefinition<Data>,
    event: NewEventOf<Data>,
  ): Promise<void>;
  function publish(tx: Transaction, event: NewEvent): Promise<void>;
  function publish(tx: Transaction, ...given: [NewEvent] | [EventDefinition, NewEventOf<TSchema>]): Promise<void> {
    return new Promise((resolve) => {
      write(tx, given);
      resolve();
    });
  }
  /** It is sent only, and the commit waits for it. */
  const write = (tx: Transaction, given: [NewEvent] | [EventDefinition, NewEventOf<TSchema>]): void => {
    const written = toCloudEvent(service, given.length === 2 ? declared.encode(...given) : given[0]);
    writeOutbox(tx, written);
    reached('written', written);
    tx.afterCommit(() => {
      reached('committed', written);
      started?.relay.wake();
    });
  };
  return {
    get groups() {
      return declared.subscriptions.map(({ subscription }) => subscription.group);
    },
    publishes: (...definitions) => declared.publishes(definitions),
    publish,
    subscribe: (options, ...handlers) => declared.subscribe(options, handlers),
    describe: (info) => declared.describe(info),
    deadLetters: createDeadLetters(database, (group) => inboxes.get(group)?.wake()),
    start: async (options) => {
      const broker = await openBroker(brokerUrl, service, log);
      const relay = createRelay({ database, broker, guard, log });
      started = { broker, relay };
      await broker.start(options);
      for (const { subscription, handlingOf } of declared.subscriptions) {
        const inbox = createInbox({ database, subscription, handlingOf, log });
        inboxes.set(subscription.group, inbox);
        inbox.start();
        await broker.consume(subscription, inbox.deliver);
      }
      relay.start();
    },
    close: async () => {
      await started?.relay.close();
      await Promise.all([...inboxes.values()].map((inbox) => inbox.close()));
      await started?.broker.close();
    },
  };
}

async function openBroker(url: string, service: string, log: Logger): Promise<Broker> {
  const { protocol } = new URL(url);
  switch (protocol) {
    case 'postgres:':
    case 'postgresql:': {
      const { createPgBossBroker } = await import('./pg-boss/broker.ts');
      return createPgBossBroker({ url, applicationName: `${service} bus`, log });
    }
    case 'amqp:':
    case 'amqps:': {
      const { createAmqpBroker } = await import('./amqp/broker.ts');
      return createAmqpBroker({ url, connectionName: `${service} bus`, log });
    }
    default:
      throw new TypeError(`BROKER_URL: there is no broker for ${protocol}//; postgres:// and amqp:// are known`);
  }
}
