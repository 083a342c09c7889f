/**
 * Events out: what becomes of an order. Other services follow these (stock, invoices), so the shape is a contract.
 */
import type { EventBus, Transaction } from '@hikyaku/service';
import type { OrderEvent, Unit } from '../application/order-book.ts';
import { orderBook } from './order-book.ts';

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    orders: orderBook(tx),
    publish: (event) => bus.publish(tx, { type: event.type, subject: event.order.id, data: dataOf(event) }),
  };
}

function dataOf({ order: { id: orderId, userId, items, totalYen, reason } }: OrderEvent) {
  return { orderId, userId, items, totalYen, ...(reason === undefined ? {} : { reason }) };
}
