/**
 * An order as it was: its events up to a moment.
 */
import type { Order } from '../domain/order.ts';
import type { RecordedOrderEvent } from '../domain/order-events.ts';

export type PastEvent = RecordedOrderEvent & { readonly version: number };

/** What became of orders, event by event. */
export interface OrderHistory {
  /** The first event first; none when there is no such order. */
  of(id: string): Promise<PastEvent[]>;
  /** The order after these events, which begin with its first; `undefined` after none. */
  after(events: readonly PastEvent[]): Order | undefined;
}

export type Moment = { version: number } | { at: Date };

/** The events that had happened by then: none when the order was not there yet, `undefined` when it has not come that far. */
export function until(history: readonly PastEvent[], moment: Moment): readonly PastEvent[] | undefined {
  if ('version' in moment) return moment.version > history.length ? undefined : history.slice(0, moment.version);
  return history.slice(0, history.findLastIndex(({ time }) => time <= moment.at) + 1);
}
