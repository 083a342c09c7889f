/**
 * A broker on PostgreSQL with pg-boss: a queue per group, and a table of who wants what. Its database is not the
 * service's own; every service that takes part in the events connects to it.
 */
import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { unreachableReason } from '../../database/connection-error.ts';
import { openPool } from '../../database/pool.ts';
import { untilReachable } from '../../database/wait.ts';
import type { Broker } from '../broker.ts';
import { startConsumer, type Consumer } from './consumer.ts';
import { createPublishing } from './publish.ts';
import { bind, createSubscriptionTable } from './subscriptions.ts';

export type PgBossBrokerOptions = { readonly url: string; readonly applicationName: string; readonly log: Logger };

/** One for publishing, which goes batch by batch, and one for upkeep; each group that is consumed has a connection of its own. */
const connections = 1;

export function createPgBossBroker({ url, applicationName, log }: PgBossBrokerOptions): Broker {
  const boss = new PgBoss({
    connectionString: url,
    application_name: applicationName,
    max: connections,
    schedule: false,
    // Jobs that wait for others are not used.
    flowIntervalSeconds: 600,
    useListenNotify: false,
  });
  boss.on('error', (error) => log.warn({ reason: unreachableReason(error) ?? String(error) }, 'broker upkeep failed'));
  const database = openPool({ url, log, applicationName, connections });
  const consumers: Consumer[] = [];
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all(consumers.map((consumer) => consumer.close()));
    await Promise.all([boss.stop({ graceful: false, close: true }), database.close()]);
  };
  return {
    start: async ({ signal, onWaiting }) => {
      await untilReachable(url, { signal, log, onWaiting });
      await boss.start();
      await createSubscriptionTable(boss.getDb());
    },
    publish: createPublishing(database),
    consume: async (subscription, deliver) => {
      const { group, topics, prefetch = 4 } = subscription;
      await boss.createQueue(group);
      await bind(boss.getDb(), group, topics);
      consumers.push(startConsumer({ url, applicationName, queue: group, prefetch, deliver, log }));
    },
    close: () => (closed ??= close()),
  };
}
