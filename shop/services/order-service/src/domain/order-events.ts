/**
 * What can have happened to an order, and what the order is after it. Events are facts of the past that are kept for ever: new kinds may
 * be added, the old ones must go on being understood.
 */
import type { Order, OrderItem, ShippingAddress } from './order.ts';

export type OrderEvent =
  | {
      type: 'OrderPlaced';
      data: { userId: string; items: OrderItem[]; totalYen: number; shippingAddress?: ShippingAddress };
    }
  | { type: 'PaymentActionRequired'; data: { actionUrl: string } }
  | { type: 'PaymentActionCleared'; data: object }
  | { type: 'OrderConfirmed'; data: object }
  | { type: 'OrderCancelled'; data: { reason: string } }
  | { type: 'OrderShipped'; data: { trackingNumber: string } };

/** An event with what its record says about it. */
export type RecordedOrderEvent = OrderEvent & { readonly streamId: string; readonly time: Date };

/** The order after the event; `undefined` is before the first. Throws when a stream begins with anything but `OrderPlaced`. */
export function evolve(order: Order | undefined, event: RecordedOrderEvent): Order {
  const at = event.time.toISOString();
  if (event.type === 'OrderPlaced') return { id: event.streamId, status: 'pending', ...event.data, createdAt: at };
  if (order === undefined) throw new TypeError(`The events of order ${event.streamId} begin with ${event.type}.`);
  switch (event.type) {
    case 'PaymentActionRequired':
      return { ...order, payment: { actionUrl: event.data.actionUrl } };
    case 'PaymentActionCleared':
      return withoutAction(order);
    case 'OrderConfirmed':
      return { ...order, status: 'confirmed' };
    case 'OrderCancelled':
      return { ...order, status: 'cancelled', reason: event.data.reason };
    case 'OrderShipped':
      return { ...order, shipment: { trackingNumber: event.data.trackingNumber, shippedAt: at } };
  }
}

function withoutAction(order: Order): Order {
  const rest = { ...order };
  delete rest.payment;
  return rest;
}
