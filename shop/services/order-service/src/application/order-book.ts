/**
 * Where orders are kept, as the application needs it.
 */
import type { Order } from '../domain/order.ts';
import type { CheckoutInput } from './checkout.ts';

/** How a pending order ends. */
export type Outcome = { status: 'confirmed' } | { status: 'cancelled'; reason: string };

/** The orders, within one transaction. */
export interface OrderBook {
  add(order: Order, paymentToken: string): Promise<void>;
  find(id: string): Promise<Order | undefined>;
  /** Ends a pending order; false, and nothing changed, when it is not pending. */
  settle(id: string, outcome: Outcome): Promise<boolean>;
}

export interface OrderEvent {
  type: 'order.placed' | 'order.confirmed' | 'order.cancelled';
  order: Order;
}

/** One transaction: the orders, and the events that go out when, and only when, it commits. */
export interface Unit {
  orders: OrderBook;
  publish: (event: OrderEvent) => Promise<void>;
}

export type InTransaction = <T>(work: (unit: Unit) => Promise<T>) => Promise<T>;

/** Orders whose saga has not been started, because the process died between writing the one and starting the other. */
export interface UnstartedOrders {
  /** The oldest first, at most `limit`. */
  list(limit: number): Promise<{ id: string; input: CheckoutInput }[]>;
  find(id: string): Promise<{ id: string; input: CheckoutInput } | undefined>;
  markStarted(id: string): Promise<void>;
}
