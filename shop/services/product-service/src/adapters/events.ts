/**
 * Events in and out: what becomes of orders comes in, what becomes of stock goes out.
 */
import { type EventBus, type Transaction, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import { commit, release, sell, type Unit } from '../application/reservations.ts';
import { stockLedger, type StockLedgerOptions } from './stock-ledger.ts';

/** What is read of an order's events; the rest of them may change. */
const OrderEvent = Type.Object({ orderId: Type.String() });

export function unitOf(tx: Transaction, bus: EventBus, options: StockLedgerOptions): Unit {
  return {
    ledger: stockLedger(tx, options),
    publish: ({ type, ...data }) => bus.publish(tx, { type, subject: data.orderId, data }),
  };
}

/** What each event of an order means for the stock it holds. */
const reactions: Readonly<Record<string, (unit: Unit, orderId: string) => Promise<void>>> = {
  // Until the checkout ships, a confirmed order is sold.
  'order.confirmed': async (unit, orderId) => {
    await commit(unit, orderId);
    await sell(unit, orderId);
  },
  'order.shipped': sell,
  // The checkout has released it already, unless that got lost.
  'order.cancelled': release,
};

/** Follows orders, each event in the transaction that notes it as handled. */
export function followOrders(bus: EventBus, options: StockLedgerOptions): void {
  bus.subscribe({ group: 'product-service', topics: Object.keys(reactions) }, async (event, tx) => {
    const { orderId } = Parse(OrderEvent, event.data);
    await reactions[event.type]?.(unitOf(tx, bus, options), orderId);
  });
}
