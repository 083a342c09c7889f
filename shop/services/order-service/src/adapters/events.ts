/**
 * Events out: what becomes of an order. Other services follow these (stock, invoices), so the shape is a contract. They are made from
 * the order's own events, which are nobody else's business.
 * Events in: what the buyer has to do about a payment.
 */
import { on, type EventBus, type EventDefinition, type Transaction } from '@hikyaku/service';
import type { OrderBook } from '../application/order-book.ts';
import { requirePaymentAction } from '../application/settling.ts';
import { orderCancelled, orderConfirmed, orderPlaced, orderShipped, paymentActionRequired } from '../contracts/events.ts';
import type { Order } from '../domain/order.ts';
import type { OrderEvent } from '../domain/order-events.ts';

const news: Partial<Record<OrderEvent['type'], EventDefinition>> = {
  OrderPlaced: orderPlaced,
  OrderConfirmed: orderConfirmed,
  OrderCancelled: orderCancelled,
  OrderShipped: orderShipped,
};

export async function publishNews(tx: Transaction, bus: EventBus, order: Order, events: readonly OrderEvent[]): Promise<void> {
  for (const event of events) {
    const definition = news[event.type];
    if (definition) await bus.publish(tx, definition, { subject: order.id, data: { ...summary(order), ...detail(event) } });
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

/** Its own transaction, not the handler's: the command may come twice without harm, and is retried when the order changes meanwhile. */
export function followPayments(bus: EventBus, orders: OrderBook): void {
  bus.subscribe(
    { group: 'order-service' },
    on(paymentActionRequired, ({ data: { orderId, actionUrl } }) => requirePaymentAction(orders, orderId, actionUrl)),
  );
}
