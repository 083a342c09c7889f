/**
 * Where orders are kept, as the application needs it.
 */
import type { Order, ShippingAddress } from '../domain/order.ts';
import type { OrderEvent } from '../domain/order-events.ts';
import type { CheckoutInput } from './checkout.ts';

/** The orders, each as its events. */
export interface OrderBook {
  load(id: string): Promise<Order | undefined>;
  /**
   * Appends what `decide` makes of the order (`undefined`: there is none). What is read of the order, and the news of it for other services, change in
   * the same transaction. `decide` is called again when the order has changed meanwhile; what it throws is thrown, and nothing changes.
   */
  change(id: string, decide: (order: Order | undefined) => readonly OrderEvent[]): Promise<void>;
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
  /** The first events of a new order. */
  add(id: string, events: readonly OrderEvent[]): Promise<void>;
  /** Notes that the order's checkout has to be started. */
  toStart(noted: NotedCheckout): void;
}
