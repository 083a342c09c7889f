/**
 * Where orders are kept, as the application needs it.
 */
import type { Order, ShippingAddress } from '../domain/order.ts';
import type { OrderEvent } from '../domain/order-events.ts';
import type { CheckoutInput } from './checkout.ts';

/** An order as it is after so many events. */
export interface OrderVersion {
  state: Order;
  version: number;
}

/** The orders, each as its events. */
export interface OrderBook {
  load(id: string): Promise<OrderVersion | undefined>;
  /**
   * Appends events to the order as it was loaded (`undefined`: it is new). What is read of the order, and the news of it for other
   * services, change in the same transaction. Throws when the order has changed meanwhile.
   */
  append(id: string, loaded: OrderVersion | undefined, events: readonly OrderEvent[]): Promise<void>;
  /**
   * Loads (or begins with what was loaded before), decides and appends what `decide` returns; all of it again when the order has changed
   * meanwhile.
   */
  change(id: string, decide: (order: Order | undefined) => readonly OrderEvent[], loaded?: OrderVersion): Promise<void>;
}

/** Hands parcels over. */
export interface Carrier {
  /**
   * Books one parcel per order, however often it is asked: later calls get the first one's tracking number. Throws `SagaAbort` with
   * `shipping_failed` when the carrier does not go there.
   */
  book(orderId: string, address: ShippingAddress | undefined): Promise<{ trackingNumber: string }>;
}

/** What was noted with the order `id`: its checkout, and what it needs to know. */
export interface NotedCheckout {
  id: string;
  input: CheckoutInput;
}

/** The checkouts that were noted with their orders. One that stays here was not started: its process died in between. */
export interface UnstartedOrders {
  /** Those noted at least `graceMs` ago, the oldest first, at most `limit`. */
  list(graceMs: number, limit: number): Promise<NotedCheckout[]>;
  forget(ids: readonly string[]): Promise<void>;
}

/** One transaction in which an order is placed and its checkout is noted. */
export interface Placing {
  orders: Pick<OrderBook, 'append'>;
  /** Notes that the order's checkout has to be started. */
  toStart(noted: NotedCheckout): void;
}
