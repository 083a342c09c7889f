/**
 * Reserving, releasing and selling stock for orders. Each function does its whole work inside the transaction it is given and may be
 * called any number of times: the caller is a saga, an event or a sweep, and all of them repeat themselves.
 */
import { combine } from '@hikyaku/service';
import {
  holding,
  mustRelease,
  OutOfStock,
  refuseIfEnded,
  refuseIfGone,
  type ReservationItem,
  type ReservationState,
  toCommit,
} from '../domain/reservation.ts';

export interface Wish {
  orderId: string;
  items: readonly ReservationItem[];
}

/** The stock of all products and the reservations on it, within one transaction. */
export interface StockLedger {
  /**
   * Locks the order's reservation to the end of the transaction and returns its state. When there is none, it is created as released
   * and `undefined` is returned, so that of two transactions for one order the second always waits for the first.
   */
  enterReleased(orderId: string): Promise<ReservationState | undefined>;
  /** Like `enterReleased`, but creates nothing. */
  find(orderId: string): Promise<ReservationState | undefined>;
  /** Like `find`, but locks nothing: also after stock was locked, where waiting for a reservation could be for ever. */
  look(orderId: string): Promise<ReservationState | undefined>;
  setState(orderId: string, state: ReservationState): Promise<void>;
  /**
   * Creates the orders' reservations and moves their pieces from available to reserved. Nothing was done for orders that are not in `isNew`: they have
   * a reservation. `short` is a product there is too little of for all of them: the transaction must then be rolled back.
   */
  hold(orders: readonly Wish[]): Promise<{ isNew: (orderId: string) => boolean; short?: string | undefined }>;
  /** Moves what the order once held from available to reserved again. Resolves to a product there is too little of, as `hold` does. */
  holdAgain(orderId: string): Promise<string | undefined>;
  /**
   * Moves all that the orders hold back to available, or on to sold, and notes the state. Tells what each held; nothing, and nothing was done for it, of
   * an order whose reservation is in none of the states of `from`.
   */
  settle(
    orderIds: readonly string[],
    from: readonly ReservationState[],
    to: 'available' | 'sold',
    state: ReservationState,
  ): Promise<(orderId: string) => readonly ReservationItem[] | undefined>;
  /** Orders whose time is up, the longest first, at most `limit`. */
  due(limit: number): Promise<string[]>;
}

export interface StockEvent {
  type: 'stock.reserved' | 'stock.released' | 'stock.expired' | 'stock.sold';
  orderId: string;
  items: readonly ReservationItem[];
}

/** One transaction: the ledger, and the events that go out when, and only when, it commits. */
export interface Unit {
  ledger: StockLedger;
  publish: (event: StockEvent) => Promise<void>;
}

export type InTransaction = <T>(work: (unit: Unit) => Promise<T>) => Promise<T>;

/** Holds the items for the orders, all or none. Throws `OutOfStock` or `ReservationEnded`; the transaction must then be rolled back. */
export async function reserve({ ledger, publish }: Unit, wishes: readonly Wish[]): Promise<void> {
  const orders = [...new Map(wishes.map((wish) => [wish.orderId, wish])).values()];
  const { isNew, short } = await ledger.hold(orders);
  refuseIfShort(short);
  for (const order of orders) {
    if (isNew(order.orderId)) await publish({ type: 'stock.reserved', ...order });
    else refuseIfEnded(order.orderId, await ledger.look(order.orderId));
  }
}

/**
 * Holds the items for the order. Orders that ask at the same time share a transaction; when there is not enough for all of them, or one is refused,
 * each has its own, one after the other as the locks of the stock have it. Throws `OutOfStock` or `ReservationEnded`.
 */
export function reserving(inTransaction: InTransaction): (wish: Wish) => Promise<void> {
  return combine(async (wishes: readonly Wish[]) => {
    await inTransaction((unit) => reserve(unit, wishes));
    return wishes.map(() => undefined);
  });
}

export interface Keeping {
  /** Notes that the order keeps what it has reserved; false when it has no reservation, or one in another state. */
  keepReserved: (orderId: string) => Promise<boolean>;
  inTransaction: InTransaction;
}

/** As `commit`, in a transaction of its own, and in one statement when the pieces are still reserved, as they nearly always are. */
export async function keep({ keepReserved, inTransaction }: Keeping, orderId: string): Promise<void> {
  if (!(await keepReserved(orderId))) await inTransaction((unit) => commit(unit, orderId));
}

/**
 * The order is about to be confirmed: it keeps its pieces. Throws `OutOfStock` when its time was up and others have bought them since,
 * `ReservationEnded` when it was given up; the transaction must then be rolled back.
 */
export async function commit({ ledger }: Unit, orderId: string): Promise<void> {
  const next = toCommit(orderId, await ledger.find(orderId));
  if (next === 'nothing') return;
  if (next === 'take-again') refuseIfShort(await ledger.holdAgain(orderId));
  await ledger.setState(orderId, 'committed');
}

/**
 * Gives back what the orders hold, and refuses any reserve that is still to come. Throws `ReservationEnded` when one was sold. All reservations are locked
 * before any stock is, in one order, as everybody does.
 */
export async function release({ ledger, publish }: Unit, orderIds: readonly string[]): Promise<void> {
  const toRelease: string[] = [];
  for (const orderId of orderIds.toSorted())
    if (mustRelease(orderId, await ledger.enterReleased(orderId))) toRelease.push(orderId);
  if (toRelease.length === 0) return;
  const held = await ledger.settle(toRelease, holding, 'available', 'released');
  for (const orderId of toRelease) {
    const items = held(orderId);
    if (items) await publish({ type: 'stock.released', orderId, items });
  }
}

/** Counts what the orders hold as sold. Throws `ReservationEnded` when one holds nothing. */
export async function sell({ ledger, publish }: Unit, orderIds: readonly string[]): Promise<void> {
  const held = await ledger.settle(orderIds, holding, 'sold', 'sold');
  for (const orderId of orderIds) {
    const items = held(orderId);
    if (items) await publish({ type: 'stock.sold', orderId, items });
    else refuseIfGone(orderId, await ledger.look(orderId));
  }
}

const EXPIRED_AT_ONCE = 100;

/** Gives back what was reserved for orders that were not confirmed in time, in a transaction for each. */
export async function expireDue(inTransaction: InTransaction, signal: AbortSignal): Promise<void> {
  for (const orderId of await inTransaction(({ ledger }) => ledger.due(EXPIRED_AT_ONCE))) {
    if (signal.aborted) return;
    await inTransaction((unit) => expire(unit, orderId));
  }
}

async function expire({ ledger, publish }: Unit, orderId: string): Promise<void> {
  // It may have been confirmed since it was found.
  const held = await ledger.settle([orderId], ['reserved'], 'available', 'expired');
  const items = held(orderId);
  if (items) await publish({ type: 'stock.expired', orderId, items });
}

function refuseIfShort(productId: string | undefined): void {
  if (productId !== undefined) throw new OutOfStock(productId);
}
