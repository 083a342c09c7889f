/**
 * Events out: what becomes of an order. Other services follow these (stock, invoices), so the shape is a contract. They are made from
 * the order's own events, which are nobody else's business.
 * Events in: what the buyer has to do about a payment.
 */
import { type EventBus, type Transaction, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import type { OrderBook } from '../application/order-book.ts';
import { requirePaymentAction } from '../application/settling.ts';
import type { Order } from '../domain/order.ts';
import type { OrderEvent } from '../domain/order-events.ts';

const topics: Partial<Record<OrderEvent['type'], string>> = {
  OrderPlaced: 'order.placed',
  OrderConfirmed: 'order.confirmed',
  OrderCancelled: 'order.cancelled',
  OrderShipped: 'order.shipped',
};

export async function publishNews(tx: Transaction, bus: EventBus, order: Order, events: readonly OrderEvent[]): Promise<void> {
  for (const event of events) {
    const type = topics[event.type];
    if (type !== undefined) await bus.publish(tx, { type, subject: order.id, data: { ...summary(order), ...detail(event) } });
  }
}

function summary({ id: orderId, userId, items, totalYen }: Order) {
  return { orderId, userId, items, totalYen };
}

function detail(event: OrderEvent): { reason?: string; trackingNumber?: string } {
  if (event.type === 'OrderCancelled') return { reason: event.data.reason };
  if (event.type === 'OrderShipped') return { trackingNumber: event.data.trackingNumber };
  return {};
}

const ActionRequired = Type.Object({ orderId: Type.String(), actionUrl: Type.String() });

/** Its own transaction, not the handler's: the command may come twice without harm, and is retried when the order changes meanwhile. */
export function followPayments(bus: EventBus, orders: OrderBook): void {
  bus.subscribe({ group: 'order-service', topics: ['payment.action_required'] }, async (event) => {
    const { orderId, actionUrl } = Parse(ActionRequired, event.data);
    await requirePaymentAction(orders, orderId, actionUrl);
  });
}
