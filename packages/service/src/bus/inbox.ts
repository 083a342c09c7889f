/** Makes delivery at least once into one effect: the handler and the note that it ran commit together. */
import type { Database } from '../database/database.ts';
import { contextFrom, inSpan, SpanKind } from '../telemetry/trace.ts';
import type { Deliver } from './broker.ts';
import type { EventHandler } from './event.ts';

export function throughInbox(database: Database, consumer: string, handler: EventHandler): Deliver {
  return (event) =>
    inSpan(
      `${event.type} process`,
      SpanKind.CONSUMER,
      { 'messaging.operation.type': 'process', 'messaging.message.id': event.id },
      () =>
        database.transaction(async (tx) => {
          // A second delivery at the same time waits here for the first one's outcome.
          const isNew = await tx.one(
            'INSERT INTO hikyaku.inbox (consumer, source, event_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1',
            [consumer, event.source, event.id],
          );
          if (isNew) await handler(event, tx);
        }),
      contextFrom({ traceparent: event.traceparent }),
    );
}
