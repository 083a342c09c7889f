/**
 * Shipping an order: the carrier is asked first, outside any transaction, and asked again after a crash; it knows the parcel by the
 * order's id.
 */
import { CannotSettle, decide } from '../domain/order-commands.ts';
import type { Carrier, OrderBook } from './order-book.ts';
import { carryOut } from './settling.ts';

/** Throws `SagaAbort` with `shipping_failed`, `CannotSettle` when the order is not confirmed, and what the carrier throws. */
export async function ship(orders: OrderBook, carrier: Carrier, id: string): Promise<void> {
  const order = await orders.load(id);
  if (order === undefined) throw new CannotSettle(id, 'ship', undefined);
  // No parcel for an order that must not have one.
  if (decide(order, { type: 'ship', trackingNumber: '' }).length === 0) return;
  const { trackingNumber } = await carrier.book(id, order.shippingAddress);
  await carryOut(orders, id, { type: 'ship', trackingNumber });
}
