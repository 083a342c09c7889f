/**
 * The events of mails, as others may rely on them, and what this service reads of those of orders, payments and accounts. The subject
 * is the id of the order, or of the user.
 */
import { defineEvent, Type } from '@hikyaku/service';
import { mailKinds } from '../domain/news.ts';
import { LocaleName } from './calls.ts';

export const mailSent = defineEvent({
  type: 'mail.sent',
  data: Type.Object({
    userId: Type.String(),
    orderId: Type.String(),
    kind: Type.Enum([...mailKinds], { description: 'The event that the mail tells of' }),
  }),
  summary: 'A mail is in the mailbox, or with the mail server.',
});

export const published = [mailSent];

/** What is read of an order's events; the rest of them may change. */
const order = {
  orderId: Type.String(),
  userId: Type.String(),
  items: Type.Array(
    Type.Object({
      name: Type.Object({ ja: Type.String(), en: Type.String() }),
      unitPriceYen: Type.Integer(),
      quantity: Type.Integer(),
    }),
  ),
  totalYen: Type.Integer(),
};

export const orderConfirmed = defineEvent({
  type: 'order.confirmed',
  data: Type.Object(order),
  summary: 'The buyer is thanked.',
});

export const orderCancelled = defineEvent({
  type: 'order.cancelled',
  data: Type.Object({ ...order, reason: Type.String() }),
  summary: 'The buyer is told why.',
});

export const orderShipped = defineEvent({
  type: 'order.shipped',
  data: Type.Object({ ...order, trackingNumber: Type.String() }),
  summary: 'The buyer is told the tracking number.',
});

export const paymentRefunded = defineEvent({
  type: 'payment.refunded',
  data: Type.Object({ orderId: Type.String(), userId: Type.String(), amountYen: Type.Integer() }),
  summary: 'The buyer is told that the money comes back.',
});

const user = Type.Object({ userId: Type.String(), email: Type.String(), name: Type.String(), locale: LocaleName });

export const userRegistered = defineEvent({ type: 'user.registered', data: user, summary: 'Where mails go to is noted.' });
export const userUpdated = defineEvent({ type: 'user.updated', data: user, summary: 'Where mails go to is noted anew.' });
