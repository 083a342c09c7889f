/**
 * Events in and out: what becomes of orders comes in, what becomes of stock goes out.
 */
import { onBatch, type EventBus, type EventOf, type Transaction } from '@hikyaku/service';
import { release, sell, type StockEvent, type Unit } from '../application/reservations.ts';
import * as contracts from '../contracts/events.ts';
import { stockLedger, type StockLedgerOptions } from './stock-ledger.ts';

const definitions = {
  'stock.reserved': contracts.stockReserved,
  'stock.released': contracts.stockReleased,
  'stock.sold': contracts.stockSold,
  'stock.expired': contracts.stockExpired,
} satisfies Record<StockEvent['type'], unknown>;

export function unitOf(tx: Transaction, bus: EventBus, options: StockLedgerOptions): Unit {
  return {
    ledger: stockLedger(tx, options),
    publish: ({ type, ...data }) => bus.publish(tx, definitions[type], { subject: data.orderId, data }),
  };
}

/**
 * Follows orders, each event in the transaction that notes it as handled. Releases come first, which may find somebody else at their reservations who waits
 * for the stock.
 */
export function followOrders(bus: EventBus, options: StockLedgerOptions): void {
  const then =
    (react: (unit: Unit, orderIds: readonly string[]) => Promise<void>) =>
    (events: readonly EventOf<typeof contracts.orderShipped.data>[], tx: Transaction): Promise<void> =>
      react(
        unitOf(tx, bus, options),
        events.map(({ data }) => data.orderId),
      );
  bus.subscribe(
    { group: 'product-service', batch: true },
    // The checkout has released it already, unless that got lost.
    onBatch(contracts.orderCancelled, then(release)),
    onBatch(contracts.orderShipped, then(sell)),
  );
}
