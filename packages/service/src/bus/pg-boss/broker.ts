/**
 * A broker on PostgreSQL with pg-boss: a queue per group, and a table of who wants what. Its database is not the
 * service's own; every service that takes part in the events connects to it.
 */
import { createHash } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { unreachableReason } from '../../database/connection-error.ts';
import { untilReachable } from '../../database/wait.ts';
import type { Broker } from '../broker.ts';
import type { CloudEvent } from '../event.ts';
import { channel, startConsumer, type Consumer } from './consumer.ts';
import { deadQueue, pgBossDeadLetters } from './dead-letters.ts';
import { bind, createSubscriptionTable, readRouter } from './subscriptions.ts';

export type PgBossBrokerOptions = { readonly url: string; readonly applicationName: string; readonly log: Logger };

/** Publishing and upkeep; each group that is consumed has a connection of its own. */
const poolConnections = 1;
const retryDelaySeconds = 1;
const retryDelayMaxSeconds = 60;
/** How long events that were handled, and dead letters, can be looked at. */
const keepHandledSeconds = 24 * 60 * 60;
const keepDeadSeconds = 30 * 24 * 60 * 60;

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
  const notify = async (queue: string): Promise<void> => {
    await boss.getDb().executeSql('SELECT pg_notify($1, $2)', [channel, queue]);
  };
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
        events.flatMap((event) => route(event.type).map((group) => ({ group, event }))),
        ({ group }) => group,
      );
      for (const [group, routed] of byGroup) {
        await boss.insert(
          group,
          routed.map(({ event }) => ({ id: jobId(event), data: event })),
        );
        await notify(group);
      }
    },
    consume: async (subscription, deliver) => {
      const { group, topics, prefetch = 4, attempts = 8 } = subscription;
      await createQueues(boss, group, attempts);
      await bind(boss.getDb(), group, topics);
      consumers.push(startConsumer({ url, applicationName, boss, queue: group, prefetch, deliver, log }));
    },
    deadLetters: pgBossDeadLetters(boss, notify),
    close: () => (closed ??= close()),
  };
}

async function createQueues(boss: PgBoss, group: string, attempts: number): Promise<void> {
  const dead = deadQueue(group);
  await boss.createQueue(dead, { retentionSeconds: keepDeadSeconds });
  const options = {
    retryLimit: attempts - 1,
    retryDelay: retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: retryDelayMaxSeconds,
    deleteAfterSeconds: keepHandledSeconds,
    deadLetter: dead,
  };
  await boss.createQueue(group, options);
  await boss.updateQueue(group, options);
}

/** The same event has the same job id, so that publishing it again after a crash is noticed by the queue already. */
function jobId({ source, id }: CloudEvent): string {
  const hex = createHash('sha256').update(`${source}\n${id}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
