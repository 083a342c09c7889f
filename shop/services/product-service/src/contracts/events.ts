/**
 * The events of stock, as others may rely on them, and what this service reads of those of orders. The subject is the order's id.
 */
import { defineEvent, Type } from '@hikyaku/service';

const stock = Type.Object({
  orderId: Type.String(),
  items: Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer({ minimum: 1 }) })),
});

export const stockReserved = defineEvent({ type: 'stock.reserved', data: stock, summary: 'The order holds these pieces.' });
export const stockReleased = defineEvent({ type: 'stock.released', data: stock, summary: 'The pieces can be bought again.' });
export const stockSold = defineEvent({ type: 'stock.sold', data: stock, summary: 'The pieces leave the house.' });
export const stockExpired = defineEvent({
  type: 'stock.expired',
  data: stock,
  summary: 'Nobody has paid in time; the pieces can be bought again.',
});

export const published = [stockReserved, stockReleased, stockSold, stockExpired];

/** What is read of an order's events; the rest of them may change. */
const order = Type.Object({ orderId: Type.String() });

export const orderShipped = defineEvent({ type: 'order.shipped', data: order, summary: 'What the order holds is sold.' });
export const orderCancelled = defineEvent({
  type: 'order.cancelled',
  data: order,
  summary: 'What the order holds is given back.',
});
