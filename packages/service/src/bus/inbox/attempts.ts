/** One attempt at an event, the first or a later one, and what becomes of the event when the attempt fails. */
import type { Logger } from 'pino';
import { combine } from '../../database/combine.ts';
import type { Database, Transaction } from '../../database/database.ts';
import { contextFrom, inSpan, SpanKind } from '../../telemetry/trace.ts';
import { EventRefused } from '../contract.ts';
import type { CloudEvent, HandlingOf } from '../event.ts';
import { reached } from '../points.ts';
import type { Parked, Parking } from './parking.ts';

export type AttemptOptions = {
  readonly database: Database;
  readonly parking: Parking;
  readonly group: string;
  readonly handlingOf: HandlingOf;
  /** Whether first attempts at events that are there at the same time share a transaction. */
  readonly batch: boolean;
  /** Before an event is given up. */
  readonly allowed: number;
  readonly log: Logger;
};

/** Failed: it is parked, or given up. Not tried: it was handled before, or one of its subject is parked. */
export type Outcome = 'handled' | 'failed' | 'not tried';

export interface Attempts {
  /** Rejects when the event could neither be handled nor parked. */
  first(event: CloudEvent): Promise<Outcome>;
  /** What becomes of the event is written down; rejects when that fails. */
  again(parked: Parked): Promise<void>;
}

export function createAttempts({ database, parking, group, handlingOf, batch, allowed, log }: AttemptOptions): Attempts {
  /**
   * In one transaction, one after the other, but for those that are handled together.
   * @param enter notes events as handled, and resolves to those that must be.
   */
  const handle = async (enter: (tx: Transaction) => Promise<readonly CloudEvent[]>): Promise<readonly CloudEvent[]> => {
    const entered = await database.transaction(async (tx) => {
      const events = await enter(tx);
      // Not at the same time: within a transaction nothing keeps two from reading the same before either writes.
      for (const { events: some, run } of handlingOf(events)) {
        await traced(some, () => run(tx));
        for (const event of some) reached('handling', event);
      }
      return events;
    });
    for (const event of entered) reached('handled', event);
    return entered;
  };
  /** Resolves to whether each was handled. */
  const handleFirst = async (events: readonly CloudEvent[]): Promise<boolean[]> => {
    const handled = await handle((tx) => parking.note(tx, events));
    return events.map((event) => handled.includes(event));
  };
  // One that fails fails alone, in a transaction of its own.
  const attempt = batch ? combine(handleFirst) : async (event: CloudEvent) => (await handleFirst([event]))[0] === true;
  const isLast = (error: unknown, attempt: number) => error instanceof EventRefused || attempt >= allowed;
  const warn = (event: CloudEvent, attempt: number, error: unknown) =>
    log.warn({ err: error, group, event: event.id, attempt, attempts: allowed }, 'event was not handled');
  return {
    first: async (event) => {
      try {
        return (await attempt(event)) ? 'handled' : 'not tried';
      } catch (error) {
        warn(event, 1, error);
        const id = await parking.park(event, 1, messageOf(error));
        if (id !== undefined && isLast(error, 1)) await parking.bury(id, messageOf(error));
        return 'failed';
      }
    },
    again: async ({ id, event, attempts }) => {
      if (attempts > allowed) return parking.bury(id, `its process ended while handling it; ${allowed} attempts were made`);
      try {
        await handle(async (tx) => ((await parking.release(tx, id)) ? [event] : []));
      } catch (error) {
        warn(event, attempts, error);
        if (isLast(error, attempts)) await parking.bury(id, messageOf(error));
        else await parking.failed(id, messageOf(error));
      }
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Of events that are handled together the first one's trace goes on. */
function traced<T>([first, ...others]: readonly CloudEvent[], work: () => Promise<T>): Promise<T> {
  if (!first) return work();
  const attributes = {
    'messaging.operation.type': 'process',
    ...(others.length === 0 ? { 'messaging.message.id': first.id } : { 'messaging.batch.message_count': others.length + 1 }),
  };
  return inSpan(`${first.type} process`, SpanKind.CONSUMER, attributes, work, contextFrom({ traceparent: first.traceparent }));
}
