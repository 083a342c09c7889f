/**
 * A broker on PostgreSQL with pg-boss: a queue per group, and a table of who wants what. Its database is not the
 * service's own; every service that takes part in the events connects to it.
 */
import { createHash } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { unreachableReason } from '../../database/connection-error.ts';
import { untilReachable } from '../../database/wait.ts';
import type { Broker, Outgoing } from '../broker.ts';
import { channel, startConsumer, type Consumer } from './consumer.ts';
import { bind, createSubscriptionTable, readRouter } from './subscriptions.ts';

export type PgBossBrokerOptions = { readonly url: string; readonly applicationName: string; readonly log: Logger };

/** Publishing and upkeep; each group that is consumed has a connection of its own. */
const poolConnections = 1;
export function createPgBossBroker({ url, applicationName, log }: PgBossBrokerOptions): Broker {
  const boss = new PgBoss({
    connectionString: url,
    application_name: applicationName,
    max: poolConnections,
    schedule: false,
    useListenNotify: false,
  });
  boss.on('error', (error) => log.warn({ reason: unreachableReason(error) ?? String(error) }, 'broker upkeep failed'));
  const consumers: Consumer[] = [];
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all(consumers.map((consumer) => consumer.close()));
    await boss.stop({ graceful: false, close: true });
  };
  return {
    start: async ({ signal, onWaiting }) => {
      await untilReachable(url, { signal, log, onWaiting });
      await boss.start();
      await createSubscriptionTable(boss.getDb());
    },
    publish: async (events) => {
      const route = await readRouter(boss.getDb());
      const byGroup = Map.groupBy(
        events.flatMap((outgoing) => route(outgoing.event.type).map((group) => ({ group, outgoing }))),
        ({ group }) => group,
      );
      for (const [group, routed] of byGroup) {
        await boss.insert(
          group,
          routed.map(({ outgoing }) => ({ id: jobId(outgoing), data: outgoing.event })),
        );
      }
      if (byGroup.size === 0) return;
      const notify = 'SELECT pg_notify($1, queue) FROM unnest($2::text[]) AS queue';
      await boss.getDb().executeSql(notify, [channel, [...byGroup.keys()]]);
    },
    consume: async (subscription, deliver) => {
      const { group, topics, prefetch = 4 } = subscription;
      await boss.createQueue(group);
      await bind(boss.getDb(), group, topics);
      consumers.push(startConsumer({ url, applicationName, queue: group, prefetch, deliver, log }));
    },
    close: () => (closed ??= close()),
  };
}

/**
 * A UUID whose order is that of the publisher's events, for the consumer to take them in. The same event has the same one, so that publishing it again after a crash is noticed by the queue already.
 */
function jobId({ sequence, event: { source, id } }: Outgoing): string {
  const order = sequence.toString(16).padStart(12, '0');
  const hash = createHash('sha256').update(`${source}\n${id}`).digest('hex');
  return [order.slice(0, 8), order.slice(8, 12), `8${hash.slice(0, 3)}`, `8${hash.slice(3, 6)}`, hash.slice(6, 18)].join('-');
}
