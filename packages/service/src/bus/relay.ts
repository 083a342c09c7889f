/**
 * Carries events from the outbox to the broker. A row is deleted in the transaction that read it, after the broker has
 * the event: a crash in between publishes it twice, which the inbox of the consumers takes care of. Rows go out in the order of their
 * ids, one batch at a time however many processes relay: events of one aggregate are written under its row's lock, so their ids follow
 * the order of their commits.
 */
import type { Logger } from 'pino';
import { Value } from 'typebox/value';
import { unreachableReason } from '../database/connection-error.ts';
import type { Database, Transaction } from '../database/database.ts';
import { createGathering } from '../database/gathering.ts';
import type { Guard, GuardOptions } from '../resilience/guard.ts';
import { createLoop, type WakingLoop } from '../waker.ts';
import type { Broker, Outgoing } from './broker.ts';
import { CloudEvent, cloudEvent } from './event.ts';
import { reached } from './points.ts';

/** To be woken when there may be something in the outbox. */
export type Relay = WakingLoop;

const batchSize = 100;
/** Finds what another process left behind; what this one publishes wakes the relay at once. */
const pollMs = 5000;
/** When many are published they wait for each other: a batch takes two transactions and wakes its consumers. An event that comes alone does not wait. */
const gather = { mostMs: 150, aimedAt: 30 };
/** While the database or the broker is away. */
const retryMs = 1000;

export type RelayOptions = {
  readonly database: Database;
  readonly broker: Broker;
  /** Around publishing, with `publishGuard`. */
  readonly guard: Guard;
  readonly log: Logger;
};

/** The relay itself tries again, for ever. A batch that took too long may have arrived: it is published again, and the inboxes know it. */
export const publishGuard: GuardOptions = {
  attempts: 1,
  timeoutMs: 15_000,
  breaker: { consecutiveFailures: 3, openMs: 2000 },
  bulkhead: { concurrent: 1, waiting: 0 },
};

export function createRelay(options: RelayOptions): Relay {
  return createLoop(async () => {
    try {
      const count = await relayBatch(options);
      return count < batchSize ? pollMs : 0;
    } catch (error) {
      options.log.warn({ reason: unreachableReason(error) ?? String(error) }, 'events wait in the outbox');
      return retryMs * (0.5 + Math.random());
    }
  }, createGathering(gather));
}

/**
 * Who comes second waits at the first row until the other has committed, and then finds what is left: that is what keeps the order, and
 * why no row may be skipped. A deletion that is lost in a crash of the server has its events published again, so the commit does not wait for
 * the disk.
 */
const takeBatch = `DELETE FROM hikyaku.outbox WHERE id IN (SELECT id FROM hikyaku.outbox ORDER BY id LIMIT $1 FOR UPDATE)
  RETURNING id, event, set_config('synchronous_commit', 'off', true)`;

async function relayBatch({ database, broker, guard, log }: RelayOptions): Promise<number> {
  return database.transaction(async (tx) => {
    const rows = await tx.query(takeBatch, [batchSize], ({ id, event }) => ({ sequence: Number(id), event }));
    const outgoing: Outgoing[] = [];
    for (const { sequence, event } of rows.sort((a, b) => a.sequence - b.sequence)) {
      if (cloudEvent.Check(event)) outgoing.push({ sequence, event });
      else await setAside(tx, log, sequence, event);
    }
    if (outgoing.length > 0) await guard.run(() => broker.publish(outgoing));
    for (const { event } of outgoing) reached('published', event);
    return rows.length;
  });
}

/** No event, so written by somebody else than the bus. It must not hold up the others. */
async function setAside(tx: Transaction, log: Logger, sequence: number, event: unknown): Promise<void> {
  const reason = Value.Errors(CloudEvent, event)
    .map(({ instancePath, message }) => `#${instancePath} ${message}`)
    .join('; ');
  log.error({ id: sequence, reason }, 'a row of the outbox is no event, and was put into hikyaku.outbox_refused');
  await tx.query('INSERT INTO hikyaku.outbox_refused (id, event, reason) VALUES ($1, $2, $3)', [
    sequence,
    JSON.stringify(event),
    reason,
  ]);
}
