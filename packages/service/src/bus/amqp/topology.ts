/**
 * The exchanges and queues on RabbitMQ. Everything is durable, and all that carries events is a quorum queue, whose dead-lettering
 * is at least once.
 *
 *   hikyaku.events (topic) ─► GROUP ─► handler
 *                               ▲        └─ failed ─► GROUP.retry.Ns ─┐
 *                               └──────────── when its time is up ────┘
 *   hikyaku.dead (direct)  ─► GROUP.dead    what was given up, and what made its consumer crash again and again
 */

export const eventsExchange = 'hikyaku.events';
export const deadExchange = 'hikyaku.dead';

export const exchanges = [
  { exchange: eventsExchange, type: 'topic', durable: true },
  { exchange: deadExchange, type: 'direct', durable: true },
];

/** Deliveries that ended with the consumer's connection, before RabbitMQ itself puts the event with the dead. */
const crashLimit = 20;
const deadRetentionMs = 30 * 24 * 60 * 60 * 1000;
/** One queue for each: in a queue with different times, a long one in front would hold up the short ones behind it. */
const retryDelaysSeconds = [1, 4, 15, 60];

/** Nothing is dropped on the way from one queue to another: the source keeps it until the target has it. */
const atLeastOnce = {
  'x-queue-type': 'quorum',
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
} as const;

export function groupQueue(group: string) {
  return {
    queue: group,
    durable: true,
    arguments: {
      ...atLeastOnce,
      'x-delivery-limit': crashLimit,
      'x-dead-letter-exchange': deadExchange,
      'x-dead-letter-routing-key': group,
    },
  };
}

/** A classic queue: looking at what is in it puts it back, and a quorum queue would count that as failed deliveries. */
export function deadQueue(group: string) {
  return { queue: `${group}.dead`, durable: true, arguments: { 'x-message-ttl': deadRetentionMs } };
}

/**
 * Where events wait for their next attempt. All are declared with the group: RabbitMQ 3.10 forgets a quorum queue that was declared
 * in the half second before it was killed, and what is in it.
 */
export function retryQueues(group: string) {
  return retryDelaysSeconds.map((seconds) => ({
    queue: retryQueueName(group, seconds),
    durable: true,
    arguments: {
      ...atLeastOnce,
      'x-message-ttl': seconds * 1000,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': group,
    },
  }));
}

/** Where an event waits after its n-th attempt (from 1) failed, and for how long at most. */
export function retryAfter(group: string, attempt: number): { queue: string; delayMs: number } {
  const seconds = retryDelaysSeconds[Math.min(attempt, retryDelaysSeconds.length) - 1] ?? 1;
  return { queue: retryQueueName(group, seconds), delayMs: seconds * 1000 };
}

function retryQueueName(group: string, seconds: number): string {
  return `${group}.retry.${seconds}s`;
}
