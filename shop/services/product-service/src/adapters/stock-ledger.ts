/**
 * The stock and its reservations in PostgreSQL. Counts change by relative updates under the row's lock, never by writing back a
 * number that was read before, so concurrent orders cannot lose each other's pieces.
 */
import type { Row, Transaction } from '@hikyaku/service';
import type { StockLedger } from '../application/reservations.ts';
import type { ReservationItem, ReservationState } from '../domain/reservation.ts';

export function stockLedger(tx: Transaction): StockLedger {
  return {
    async enter(orderId, initial) {
      const sql = 'INSERT INTO reservations (order_id, state) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING RETURNING state';
      const created = await tx.one(sql, [orderId, initial]);
      return created === undefined ? find(orderId) : undefined;
    },

    find,

    async setState(orderId, state) {
      await tx.query('UPDATE reservations SET state = $2, updated_at = now() WHERE order_id = $1', [orderId, state]);
    },

    async hold(orderId, { productId, quantity }) {
      const held = await tx.one(
        `UPDATE stock SET available = available - $2, reserved = reserved + $2
          WHERE product_id = $1 AND available >= $2 RETURNING product_id`,
        [productId, quantity],
      );
      if (held === undefined) return false;
      await tx.query('INSERT INTO reservation_items (order_id, product_id, quantity) VALUES ($1, $2, $3)', [
        orderId,
        productId,
        quantity,
      ]);
      return true;
    },

    async settle(orderId, to) {
      const sql = 'SELECT product_id, quantity FROM reservation_items WHERE order_id = $1 ORDER BY product_id';
      const items = await tx.query(sql, [orderId], readItem);
      for (const { productId, quantity } of items) {
        await tx.query(`UPDATE stock SET reserved = reserved - $2, ${to} = ${to} + $2 WHERE product_id = $1`, [
          productId,
          quantity,
        ]);
      }
      return items;
    },
  };

  function find(orderId: string): Promise<ReservationState | undefined> {
    return tx.one('SELECT state FROM reservations WHERE order_id = $1 FOR UPDATE', [orderId], readState);
  }
}

function readItem(row: Row): ReservationItem {
  return { productId: String(row.product_id), quantity: Number(row.quantity) };
}

function readState(row: Row): ReservationState {
  const state = row.state;
  if (state === 'reserved' || state === 'released' || state === 'sold') return state;
  throw new TypeError(`The database has a reservation in state ${String(state)}, which this version does not know.`);
}
