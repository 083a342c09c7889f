/**
 * Events in and out: confirmed and cancelled orders come in, what was taken out of carts goes out.
 */
import { on, onBatch, type EventBus, type Transaction } from '@hikyaku/service';
import { clearBought, giveBackCancelled, type Unit } from '../application/buying.ts';
import { cartCleared, orderCancelled, orderConfirmed } from '../contracts/events.ts';
import { boughtOrders, cartBookIn } from './cart-book.ts';

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    carts: cartBookIn(tx),
    ...boughtOrders(tx),
    publish: ({ userId, orderId }) => bus.publish(tx, cartCleared, { subject: userId, data: { userId, orderId } }),
  };
}

/**
 * Takes what a confirmed order bought out of the cart, and gives it back when the order is cancelled, in the transaction that notes the
 * event as handled.
 */
export function followOrders(bus: EventBus): void {
  bus.subscribe(
    { group: 'cart-service', batch: true },
    onBatch(orderConfirmed, (events, tx) =>
      clearBought(
        unitOf(tx, bus),
        events.map(({ data: { orderId, userId, items } }) => ({ orderId, userId, items })),
      ),
    ),
    on(orderCancelled, ({ data: { orderId, userId } }, tx) => giveBackCancelled(unitOf(tx, bus), { orderId, userId })),
  );
}
