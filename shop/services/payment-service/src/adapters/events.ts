/**
 * Events in and out: confirmed orders come in, what becomes of charges goes out.
 */
import { type EventBus, type Transaction, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import type { Unit } from '../application/charging.ts';
import { chargeBook } from './charge-book.ts';
import { invoiceBook, InvoiceItemBody } from './invoice-book.ts';

/** What is read of `order.confirmed`; the rest of it may change. */
const OrderConfirmed = Type.Object({
  orderId: Type.String(),
  userId: Type.String(),
  items: Type.Array(InvoiceItemBody),
  totalYen: Type.Integer(),
});

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    charges: chargeBook(tx),
    publish: ({ type, ...data }) => bus.publish(tx, { type, subject: data.orderId, data }),
  };
}

/** Writes an invoice for every confirmed order, in the transaction that notes the event as handled. */
export function followOrders(bus: EventBus): void {
  bus.subscribe({ group: 'payment-service', topics: ['order.confirmed'] }, async (event, tx) => {
    const { orderId, userId, items, totalYen } = Parse(OrderConfirmed, event.data);
    await invoiceBook(tx).add({ orderId, userId, items, totalYen });
  });
}
