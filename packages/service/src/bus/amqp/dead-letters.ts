/** Events that were given up, in a queue beside each group's own. */
import type { Connection, Publisher, SyncMessage } from 'rabbitmq-client';
import type { DeadLetter, DeadLetters } from '../bus.ts';
import type { CloudEvent } from '../event.ts';
import { attemptHeaders, bodyOf, eventOf, propertiesOf, reasonOf } from './message.ts';
import { deadQueue } from './topology.ts';

/** What is looked at is held back from others meanwhile, and returns to its place when the channel closes. */
export function amqpDeadLetters(connection: Connection, publisher: Publisher): DeadLetters {
  return {
    list: async (group, limit = 100) => {
      const letters: DeadLetter[] = [];
      await look(connection, group, (message) => {
        letters.push(letterOf(message));
        return Promise.resolve(letters.length < limit ? 'keep' : 'stop');
      });
      return letters;
    },
    replay: async (group, ids) => {
      let count = 0;
      await look(connection, group, async (message) => {
        const event = readEvent(message.body);
        if (event === undefined || ids?.includes(letterOf(message).id) === false) return 'keep';
        await publisher.send({ routingKey: group, ...propertiesOf(event), headers: attemptHeaders(1) }, bodyOf(event));
        count++;
        return 'remove';
      });
      return count;
    },
  };
}

type Verdict = 'keep' | 'remove' | 'stop';

/** Once through the queue, the oldest first. */
async function look(connection: Connection, group: string, judge: (message: SyncMessage) => Promise<Verdict>): Promise<void> {
  const channel = await connection.acquire();
  try {
    const { queue } = await channel.queueDeclare(deadQueue(group));
    for (;;) {
      const message = await channel.basicGet({ queue });
      if (message === undefined) return;
      const verdict = await judge(message);
      if (verdict === 'remove') channel.basicAck({ deliveryTag: message.deliveryTag });
      if (verdict === 'stop') return;
    }
  } finally {
    await channel.close();
  }
}

function letterOf({ body, headers, messageId, timestamp = 0 }: SyncMessage): DeadLetter {
  const event = readEvent(body) ?? unreadable(messageId);
  return {
    id: messageId ?? `${event.source}/${event.id}`,
    event,
    failedAt: new Date(timestamp * 1000),
    reason: reasonOf(headers),
  };
}

function readEvent(body: unknown): CloudEvent | undefined {
  try {
    return eventOf(body);
  } catch {
    return undefined;
  }
}

/** Stands for a message that is no event: there is nothing to replay, and it stays where it is for whoever can read it. */
function unreadable(messageId = 'unknown'): CloudEvent {
  return {
    specversion: '1.0',
    id: messageId,
    source: '/unknown',
    type: 'unreadable',
    time: new Date(0).toISOString(),
    datacontenttype: 'application/json',
    data: null,
  };
}
