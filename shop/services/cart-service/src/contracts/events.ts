/**
 * The events of carts, as others may rely on them, and what this service reads of those of orders. The subject is the user's id.
 */
import { defineEvent, Type } from '@hikyaku/service';

export const cartCleared = defineEvent({
  type: 'cart.cleared',
  data: Type.Object({ userId: Type.String(), orderId: Type.String() }),
  summary: 'What an order bought was taken out of the cart.',
});

export const published = [cartCleared];

/** What is read of it; the rest may change. */
export const orderConfirmed = defineEvent({
  type: 'order.confirmed',
  data: Type.Object({
    orderId: Type.String(),
    userId: Type.String(),
    items: Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer({ minimum: 1 }) })),
  }),
  summary: 'What was bought is taken out of the cart.',
});

export const orderCancelled = defineEvent({
  type: 'order.cancelled',
  data: Type.Object({ orderId: Type.String(), userId: Type.String() }),
  summary: 'What was taken out of the cart for it is given back.',
});
