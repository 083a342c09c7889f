/**
 * A carrier that exists in this service's database only (schema `carrier`, which nothing else reads). It goes everywhere but to postal
 * code 000-0000, so that what follows a failed shipment can be seen.
 */
import { randomInt } from 'node:crypto';
import { type Queryable, SagaAbort } from '@hikyaku/service';
import type { Carrier } from '../application/order-book.ts';

const NOWHERE = '000-0000';

export function simulatedCarrier(database: Queryable): Carrier {
  return {
    async book(orderId, address) {
      if (address?.postalCode === NOWHERE) throw new SagaAbort('shipping_failed');
      // The update changes nothing: it makes RETURNING give the row that was there.
      const sql = `INSERT INTO carrier.shipments AS s (order_id, tracking_number) VALUES ($1, $2)
                   ON CONFLICT (order_id) DO UPDATE SET tracking_number = s.tracking_number RETURNING tracking_number`;
      const trackingNumber = await database.one(sql, [orderId, newNumber()], (row) => String(row.tracking_number));
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
