/**
 * Events in and out: confirmed orders come in, what was taken out of carts goes out.
 */
import { type EventBus, type Transaction, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import { clearBought, type Unit } from '../application/buying.ts';
import { boughtOrders, cartBookIn } from './cart-book.ts';
import { BoughtItems } from './internal-routes.ts';

const OrderConfirmed = Type.Object({ orderId: Type.String(), userId: Type.String(), items: BoughtItems });

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    carts: cartBookIn(tx),
    ...boughtOrders(tx),
    publish: ({ type, ...data }) => bus.publish(tx, { type, subject: data.userId, data }),
  };
}

/** Takes what a confirmed order bought out of the cart, in the transaction that notes the event as handled. */
export function followOrders(bus: EventBus): void {
  bus.subscribe({ group: 'cart-service', topics: ['order.confirmed'] }, async (event, tx) => {
    const { orderId, userId, items } = Parse(OrderConfirmed, event.data);
    await clearBought(unitOf(tx, bus), { orderId, userId, items });
  });
}
