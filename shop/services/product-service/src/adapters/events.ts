/**
 * Events in and out: what becomes of orders comes in, what becomes of stock goes out.
 */
import { type EventBus, type Transaction, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import { sell, type Unit } from '../application/reservations.ts';
import { stockLedger } from './stock-ledger.ts';

/** What is read of `order.confirmed`; the rest of it may change. */
const OrderConfirmed = Type.Object({ orderId: Type.String() });

export function unitOf(tx: Transaction, bus: EventBus): Unit {
  return {
    ledger: stockLedger(tx),
    publish: ({ type, ...data }) => bus.publish(tx, { type, subject: data.orderId, data }),
  };
}

/** Counts what a confirmed order holds as sold, in the transaction that notes the event as handled. */
export function followOrders(bus: EventBus): void {
  bus.subscribe({ group: 'product-service', topics: ['order.confirmed'] }, async (event, tx) => {
    const { orderId } = Parse(OrderConfirmed, event.data);
    await sell(unitOf(tx, bus), orderId);
  });
}
