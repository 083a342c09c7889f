/**
 * A carrier that exists in this service's database only (schema `carrier`, which nothing else reads). It goes everywhere but to postal
 * code 000-0000, so that what follows a failed shipment can be seen.
 */
import { randomInt } from 'node:crypto';
import { combine, type Queryable, SagaAbort } from '@hikyaku/service';
import type { Carrier } from '../application/order-book.ts';

const NOWHERE = '000-0000';

/** The update changes nothing: it makes RETURNING give the row that was there. */
const book = `
  INSERT INTO carrier.shipments AS s (order_id, tracking_number)
  SELECT DISTINCT ON (order_id) * FROM unnest($1::uuid[], $2::text[]) AS asked (order_id, tracking_number) ORDER BY order_id
  ON CONFLICT (order_id) DO UPDATE SET tracking_number = s.tracking_number RETURNING order_id, tracking_number`;

export function simulatedCarrier(database: Queryable): Carrier {
  const numberOf = combine(async (orderIds: readonly string[]) => {
    const booked = await database.query(book, [orderIds, orderIds.map(newNumber)], (row) => [
      String(row.order_id),
      String(row.tracking_number),
    ]);
    const numbers = new Map(booked.map(([orderId = '', number]) => [orderId, number]));
    return orderIds.map((orderId) => numbers.get(orderId));
  });
  return {
    async book(orderId, address) {
      if (address?.postalCode === NOWHERE) throw new SagaAbort('shipping_failed');
      const trackingNumber = await numberOf(orderId);
      if (trackingNumber === undefined) throw new Error(`The carrier gave no tracking number for order ${orderId}.`);
      return { trackingNumber };
    },
  };
}

/** Twelve digits in groups of four, as Japanese carriers print them. */
function newNumber(): string {
  const group = () => String(randomInt(10_000)).padStart(4, '0');
  return `${group()}-${group()}-${group()}`;
}
