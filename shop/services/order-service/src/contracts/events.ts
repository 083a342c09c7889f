/**
 * The events of orders, as others may rely on them, and what this service reads of those of payments. The subject is the order's id.
 */
import { defineEvent, Type } from '@hikyaku/service';

const Bilingual = Type.Object({ ja: Type.String(), en: Type.String() });
const Item = Type.Object({
  productId: Type.String(),
  name: Bilingual,
  unitPriceYen: Type.Integer({ minimum: 0 }),
  quantity: Type.Integer({ minimum: 1 }),
});
const order = {
  orderId: Type.String(),
  userId: Type.String(),
  items: Type.Array(Item),
  totalYen: Type.Integer({ minimum: 0 }),
};

export const orderPlaced = defineEvent({
  type: 'order.placed',
  data: Type.Object(order),
  summary: 'Somebody has placed an order; its checkout begins.',
});

export const orderConfirmed = defineEvent({
  type: 'order.confirmed',
  data: Type.Object(order),
  summary: 'The order is paid for and will be delivered.',
});

export const orderCancelled = defineEvent({
  type: 'order.cancelled',
  data: Type.Object({
    ...order,
    reason: Type.String({ description: 'A stable code: card_declined, out_of_stock, …' }),
  }),
  summary: 'The order will not be delivered, and costs nothing.',
});

export const orderShipped = defineEvent({
  type: 'order.shipped',
  data: Type.Object({ ...order, trackingNumber: Type.String() }),
  summary: 'The carrier has the parcel.',
});

export const published = [orderPlaced, orderConfirmed, orderCancelled, orderShipped];

/** What is read of it; the rest may change. */
export const paymentActionRequired = defineEvent({
  type: 'payment.action_required',
  data: Type.Object({ orderId: Type.String(), actionUrl: Type.String() }),
  summary: 'The buyer is shown where the bank wants to hear from them.',
});
