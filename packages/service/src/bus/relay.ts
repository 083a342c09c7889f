/**
 * Carries events from the outbox to the broker. A row is deleted in the transaction that read it, after the broker has
 * the event: a crash in between publishes it twice, which the inbox of the consumers takes care of. Several processes
 * may relay at the same time; each row is taken by one.
 */
import type { Logger } from 'pino';
import { Value } from 'typebox/value';
import { unreachableReason } from '../database/connection-error.ts';
import type { Database } from '../database/database.ts';
import { createWaker } from '../waker.ts';
import type { Broker } from './broker.ts';
import { CloudEvent } from './event.ts';

export interface Relay {
  /** There may be something in the outbox: look now. */
  wake(): void;
  start(): void;
  /** Finishes the batch at hand. */
  close(): Promise<void>;
}

const batchSize = 100;
/** Finds what another process left behind; what this one publishes wakes the relay at once. */
const pollMs = 1000;

export function createRelay({ database, broker, log }: { database: Database; broker: Broker; log: Logger }): Relay {
  const waker = createWaker();
  const ending = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const count = await relayBatch(database, broker).catch((error: unknown) => {
        log.warn({ reason: unreachableReason(error) ?? String(error) }, 'events wait in the outbox');
        return 0;
      });
      if (count < batchSize) await waker.wait(pollMs);
    }
  };
  return {
    wake: () => waker.wake(),
    start: () => {
      running = run();
    },
    close: async () => {
      ending.abort();
      waker.wake();
      await running;
    },
  };
}

function relayBatch(database: Database, broker: Broker): Promise<number> {
  return database.transaction(async (tx) => {
    const rows = await tx.query(
      'SELECT id, event FROM hikyaku.outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED',
      [batchSize],
      ({ id, event }) => ({
        id: String(id),
        event: Value.Parse(CloudEvent, event),
      }),
    );
    if (rows.length === 0) return 0;
    await broker.publish(rows.map(({ event }) => event));
    await tx.query('DELETE FROM hikyaku.outbox WHERE id = ANY($1::bigint[])', [rows.map(({ id }) => id)]);
    return rows.length;
  });
}
