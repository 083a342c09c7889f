/**
 * The exchange and queues on RabbitMQ, all durable.
 *
 *   hikyaku.events (topic) ─► GROUP.inbox ─► the one process of the group that is active
 */

export const eventsExchange = 'hikyaku.events';

export const exchanges = [{ exchange: eventsExchange, type: 'topic', durable: true }];

/**
 * How often an event may be returned because its process ended. RabbitMQ 4 drops it after 20 when nothing is said; ours count attempts
 * themselves.
 */
const unlimited = 1_000_000_000;

/** One active consumer keeps the order; the others wait to take its place. */
export function groupQueue(group: string) {
  return {
    queue: `${group}.inbox`,
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
      'x-overflow': 'reject-publish',
      'x-delivery-limit': unlimited,
    },
  } as const;
}
