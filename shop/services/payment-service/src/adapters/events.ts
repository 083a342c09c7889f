/**
 * Events in and out: orders that are paid for come in, what becomes of payments goes out.
 */
import { type EventBus, type Transaction, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import type { Unit } from '../application/payments.ts';
import type { Payment } from '../domain/payment.ts';
import { invoiceBook, InvoiceItemBody } from './invoice-book.ts';
import { noteWebhook, paymentBook } from './payment-book.ts';

/** What is read of an order's events; the rest of them may change. */
const PaidOrder = Type.Object({
  orderId: Type.String(),
  userId: Type.String(),
  items: Type.Array(InvoiceItemBody),
  totalYen: Type.Integer(),
});

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    payments: paymentBook(tx),
    isFirst: (provider, webhook) => noteWebhook(tx, provider, webhook),
    publish: (payment) => {
      const type = eventTypes[payment.state];
      return type === undefined ? Promise.resolve() : bus.publish(tx, { type, subject: payment.orderId, data: dataOf(payment) });
    },
  };
}

/** The states in `-ing` are nobody else's business. */
const eventTypes: Readonly<Partial<Record<Payment['state'], string>>> = {
  requires_action: 'payment.action_required',
  authorized: 'payment.authorized',
  declined: 'payment.declined',
  captured: 'payment.captured',
  voided: 'payment.voided',
  refunded: 'payment.refunded',
};

function dataOf({ orderId, userId, amountYen, state, reason, actionUrl }: Payment) {
  return {
    orderId,
    userId,
    amountYen,
    ...(state === 'declined' ? { reason } : {}),
    ...(state === 'requires_action' ? { actionUrl } : {}),
  };
}

/**
 * Writes one invoice for every order that leaves the house, in the transaction that notes the event as handled. Orders of checkouts of
 * version 1 are never told to be shipped; theirs is written when they are confirmed.
 */
export function followOrders(bus: EventBus): void {
  bus.subscribe({ group: 'payment-service', topics: ['order.confirmed', 'order.shipped'] }, async (event, tx) => {
    const { orderId, userId, items, totalYen } = Parse(PaidOrder, event.data);
    const number = await invoiceBook(tx).add({ orderId, userId, items, totalYen });
    if (number !== undefined)
      await bus.publish(tx, { type: 'invoice.issued', subject: orderId, data: { orderId, userId, number, totalYen } });
  });
}
