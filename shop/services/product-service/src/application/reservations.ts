/**
 * Reserving, releasing and selling stock for orders. Each function does its whole work inside the transaction it is given and may be
 * called any number of times: the caller is a saga or an event, and both repeat themselves.
 */
import {
  mustRelease,
  mustReserve,
  mustSell,
  OutOfStock,
  type ReservationItem,
  type ReservationState,
} from '../domain/reservation.ts';

/** The stock of all products and the reservations on it, within one transaction. */
export interface StockLedger {
  /**
   * Locks the order's reservation to the end of the transaction and returns its state. When there is none, it is created in the
   * given state and `undefined` is returned, so that of two transactions for one order the second always waits for the first.
   */
  enter(orderId: string, initial: ReservationState): Promise<ReservationState | undefined>;
  /** Like `enter`, but creates nothing. */
  find(orderId: string): Promise<ReservationState | undefined>;
  setState(orderId: string, state: ReservationState): Promise<void>;
  /** Moves pieces from available to reserved and notes them on the order; false, and nothing moved, when there are too few. */
  hold(orderId: string, item: ReservationItem): Promise<boolean>;
  /** Moves all that the order holds back to available, or on to sold. Returns what it was. */
  settle(orderId: string, to: 'available' | 'sold'): Promise<ReservationItem[]>;
}

export interface StockEvent {
  type: 'stock.reserved' | 'stock.released' | 'stock.sold';
  orderId: string;
  items: ReservationItem[];
}

/** One transaction: the ledger, and the events that go out when, and only when, it commits. */
export interface Unit {
  ledger: StockLedger;
  publish: (event: StockEvent) => Promise<void>;
}

/** Holds the items for the order. Throws `OutOfStock` or `ReservationReleased`; the transaction must then be rolled back. */
export async function reserve({ ledger, publish }: Unit, orderId: string, items: readonly ReservationItem[]): Promise<void> {
  if (!mustReserve(orderId, await ledger.enter(orderId, 'reserved'))) return;
  // Every transaction takes its products in the same order, so two of them can never wait for each other.
  const ordered = [...items].sort((a, b) => (a.productId < b.productId ? -1 : 1));
  for (const item of ordered) {
    if (!(await ledger.hold(orderId, item))) throw new OutOfStock(item.productId);
  }
  await publish({ type: 'stock.reserved', orderId, items: ordered });
}

/** Gives back what the order holds, and refuses any reserve that is still to come. Throws `ReservationSold`. */
export async function release({ ledger, publish }: Unit, orderId: string): Promise<void> {
  if (!mustRelease(orderId, await ledger.enter(orderId, 'released'))) return;
  const items = await ledger.settle(orderId, 'available');
  await ledger.setState(orderId, 'released');
  await publish({ type: 'stock.released', orderId, items });
}

/** Counts what the order holds as sold. Throws `ReservationReleased` when it holds nothing. */
export async function sell({ ledger, publish }: Unit, orderId: string): Promise<void> {
  if (!mustSell(orderId, await ledger.find(orderId))) return;
  const items = await ledger.settle(orderId, 'sold');
  await ledger.setState(orderId, 'sold');
  await publish({ type: 'stock.sold', orderId, items });
}
