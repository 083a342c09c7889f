/**
 * The events of payments, as others may rely on them, and what this service reads of those of orders. The subject is the order's id.
 */
import { defineEvent, Type } from '@hikyaku/service';
import { InvoiceItemBody } from '../adapters/invoice-book.ts';

const payment = { orderId: Type.String(), userId: Type.String(), amountYen: Type.Integer({ minimum: 0 }) };
const plain = Type.Object(payment);

export const paymentAuthorized = defineEvent({ type: 'payment.authorized', data: plain, summary: 'The amount is held for us.' });
export const paymentCaptured = defineEvent({ type: 'payment.captured', data: plain, summary: 'The amount was taken.' });
export const paymentVoided = defineEvent({ type: 'payment.voided', data: plain, summary: 'The amount is no longer held.' });
export const paymentRefunded = defineEvent({ type: 'payment.refunded', data: plain, summary: 'The amount is on its way back.' });

export const paymentDeclined = defineEvent({
  type: 'payment.declined',
  data: Type.Object({
    ...payment,
    reason: Type.Optional(Type.String({ description: 'A stable code: card_declined, lost_card, …' })),
  }),
  summary: 'The bank said no.',
});

export const paymentActionRequired = defineEvent({
  type: 'payment.action_required',
  data: Type.Object({ ...payment, actionUrl: Type.String({ description: 'Where the buyer gives consent' }) }),
  summary: 'The bank wants to hear from the buyer (3-D Secure).',
});

export const invoiceIssued = defineEvent({
  type: 'invoice.issued',
  data: Type.Object({
    orderId: Type.String(),
    userId: Type.String(),
    number: Type.String(),
    totalYen: Type.Integer({ minimum: 0 }),
  }),
  summary: 'The invoice of an order was written.',
});

export const published = [
  paymentAuthorized,
  paymentCaptured,
  paymentVoided,
  paymentRefunded,
  paymentDeclined,
  paymentActionRequired,
  invoiceIssued,
];

/** What is read of an order's events; the rest of them may change. */
const paidOrder = Type.Object({
  orderId: Type.String(),
  userId: Type.String(),
  items: Type.Array(InvoiceItemBody),
  totalYen: Type.Integer(),
});

export const orderShipped = defineEvent({ type: 'order.shipped', data: paidOrder, summary: 'An invoice is written.' });
