/**
 * The inbox of one group: makes delivery at least once into one effect each, in the order of each subject. The handler and the note that
 * it ran commit together. An event whose handler fails is parked in the service's own database and tried again from there; those of its
 * subject that come later wait behind it, and no other does.
 *
 *   broker ─► lane of the subject ─► handler + note ─► acknowledged
 *                 │ failed, or one of its subject is parked        ┌─► handler + note
 *                 └─► parked ─► acknowledged        … when due ────┤
 *                                                                  └─► dead letters, after the last attempt or at once when refused
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '../../database/database.ts';
import { takenAtOnce, type Deliver } from '../broker.ts';
import type { Subscription } from '../bus.ts';
import type { CloudEvent, HandlingOf } from '../event.ts';
import { matchesTopic } from '../topic.ts';
import { createAttempts } from './attempts.ts';
import { createLanes } from './lanes.ts';
import { createParking, laneOf } from './parking.ts';
import { createRetries } from './retries.ts';
import { standInFor } from './unreadable.ts';

export type InboxOptions = {
  readonly database: Database;
  readonly subscription: Subscription;
  readonly handlingOf: HandlingOf;
  readonly log: Logger;
};

export interface Inbox {
  readonly deliver: Deliver;
  /** Begins with what an earlier process left parked. */
  start(): void;
  /** Something was put back by hand. */
  wake(): void;
  /** Finishes the handlers under way; what was delivered and not begun stays with the broker. */
  close(): Promise<void>;
}

/** When not even parking works, the database is away: the event waits where it is, and what follows it behind it. */
const databaseAwayMs = 500;

export function createInbox({ database, subscription, handlingOf, log }: InboxOptions): Inbox {
  const { group, topics, prefetch = 4, attempts = 8, batch = false } = subscription;
  const parking = createParking(database, group);
  const tries = createAttempts({ database, parking, group, handlingOf, batch, allowed: attempts, log });
  const retries = createRetries({ parking, limit: prefetch, retry: (parked) => tries.again(parked), log });
  const lanes = createLanes(batch ? takenAtOnce(prefetch) : prefetch);
  const ending = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  // An event that ends its process comes again to the next one, among the first. Those are parked, where attempts are counted beforehand.
  let suspicious = takenAtOnce(prefetch);

  /** False when it has to be tried again at once. */
  const settle = async (event: CloudEvent): Promise<boolean> => {
    if (suspicious > 0) {
      suspicious--;
      await parking.park(event, 0);
      retries.wake();
      return true;
    }
    const outcome = await tries.first(event);
    if (outcome === 'handled') return true;
    const isSettled = outcome === 'failed' || (await parking.parkBehind(event));
    retries.wake();
    return isSettled;
  };

  /** `work` resolves to false when it has to be done again at once. */
  const insist = async (event: CloudEvent, work: () => Promise<boolean>): Promise<void> => {
    for (;;) {
      ending.signal.throwIfAborted();
      try {
        if (await work()) return;
      } catch (error) {
        log.warn({ err: error, group, event: event.id }, 'an event could neither be handled nor parked; it waits');
        await delay(databaseAwayMs, undefined, { signal: ending.signal });
      }
    }
  };

  const receive = async (data: unknown): Promise<CloudEvent> => {
    const { event, reason } = standInFor(data);
    if (reason !== undefined) {
      log.error({ group, reason }, 'a message that is no event was put with the dead letters');
      await insist(event, () => parking.buryUnreadable(event, reason).then(() => true));
      return event;
    }
    // A subscription of an earlier version of this group may still be there.
    if (topics.some((topic) => matchesTopic(topic, event.type)))
      await lanes.run(JSON.stringify([event.source, laneOf(event)]), () => insist(event, () => settle(event)));
    return event;
  };
  return {
    deliver: (data) => {
      const receiving = receive(data).finally(() => underWay.delete(receiving));
      underWay.add(receiving);
      return receiving;
    },
    start: () => retries.start(),
    wake: () => retries.wake(),
    close: async () => {
      ending.abort();
      await Promise.all([retries.close(), Promise.allSettled(underWay)]);
    },
  };
}
