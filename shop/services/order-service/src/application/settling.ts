/**
 * What the checkout does to an order. Each may be asked for again after it has happened.
 */
import { CannotSettle, decide, type OrderCommand } from '../domain/order-commands.ts';
import type { Order } from '../domain/order.ts';
import type { OrderBook } from './order-book.ts';

/** Throws `CannotSettle`. */
export function confirm(orders: OrderBook, id: string): Promise<void> {
  return carryOut(orders, id, { type: 'confirm' });
}

/** A confirmed order can be cancelled too, until it is shipped. `reason` is a stable code such as `card_declined`. Throws `CannotSettle`. */
export function cancel(orders: OrderBook, id: string, reason: string): Promise<void> {
  return carryOut(orders, id, { type: 'cancel', reason });
}

/** The buyer has to do something at `actionUrl` before the payment can go on. Throws `CannotSettle` when there is no such order. */
export function requirePaymentAction(orders: OrderBook, id: string, actionUrl: string): Promise<void> {
  return carryOut(orders, id, { type: 'requirePaymentAction', actionUrl });
}

/** Throws `CannotSettle`, and what the book throws. */
export function carryOut(orders: OrderBook, id: string, command: OrderCommand): Promise<void> {
  return orders.change(id, (order: Order | undefined) => {
    if (order === undefined) throw new CannotSettle(id, command.type, order);
    return decide(order, command);
  });
}
