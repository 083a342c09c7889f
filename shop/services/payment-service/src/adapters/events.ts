/**
 * Events in and out: orders that are paid for come in, what becomes of payments goes out.
 */
import { onBatch, type EventBus, type EventDefinition, type EventOf, type Transaction } from '@hikyaku/service';
import type { Unit } from '../application/payments.ts';
import * as contracts from '../contracts/events.ts';
import type { Payment } from '../domain/payment.ts';
import { invoiceBook } from './invoice-book.ts';
import { noteWebhook, paymentBook } from './payment-book.ts';

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    payments: paymentBook(tx),
    isFirst: (provider, webhook) => noteWebhook(tx, provider, webhook),
    publish: (payment) => {
      const definition = definitions[payment.state];
      return definition === undefined
        ? Promise.resolve()
        : bus.publish(tx, definition, { subject: payment.orderId, data: dataOf(payment) });
    },
  };
}

/** The states in `-ing` are nobody else's business. */
const definitions: Readonly<Partial<Record<Payment['state'], EventDefinition>>> = {
  requires_action: contracts.paymentActionRequired,
  authorized: contracts.paymentAuthorized,
  declined: contracts.paymentDeclined,
  captured: contracts.paymentCaptured,
  voided: contracts.paymentVoided,
  refunded: contracts.paymentRefunded,
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

/** Writes one invoice for every order that leaves the house, in the transaction that notes the event as handled. */
export function followOrders(bus: EventBus): void {
  const invoice = async (events: readonly EventOf<typeof contracts.orderShipped.data>[], tx: Transaction) => {
    const orders = events.map(({ data: { orderId, userId, items, totalYen } }) => ({ orderId, userId, items, totalYen }));
    const numbers = await invoiceBook(tx).add(orders);
    for (const [index, { orderId, userId, totalYen }] of orders.entries()) {
      const number = numbers[index];
      if (number !== undefined)
        await bus.publish(tx, contracts.invoiceIssued, { subject: orderId, data: { orderId, userId, number, totalYen } });
    }
  };
  bus.subscribe({ group: 'payment-service', batch: true }, onBatch(contracts.orderShipped, invoice));
}
