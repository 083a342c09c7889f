/**
 * The stock and its reservations in PostgreSQL. Counts change by relative updates under the rows' locks, never by writing back a number
 * that was read before, so concurrent orders cannot lose each other's pieces. Every statement locks its products in the same order, so
 * two orders can never wait for each other.
 */
import { combine, type Queryable, type Row, type Transaction } from '@hikyaku/service';
import type { Keeping, StockLedger } from '../application/reservations.ts';
import type { ReservationItem, ReservationState } from '../domain/reservation.ts';

/** `wanted` names the pieces; those there are enough of are moved, and returned. */
const holdWanted = `
  locked AS (SELECT s.product_id FROM stock s JOIN wanted USING (product_id) ORDER BY s.product_id FOR UPDATE OF s),
  held AS (
    UPDATE stock s SET available = s.available - w.quantity, reserved = s.reserved + w.quantity
      FROM wanted w WHERE s.product_id = w.product_id AND s.product_id IN (SELECT product_id FROM locked)
       AND s.available >= w.quantity
    RETURNING s.product_id, w.quantity)`;

const short =
  'SELECT w.product_id FROM wanted w WHERE NOT EXISTS (SELECT FROM held h WHERE h.product_id = w.product_id) ORDER BY 1 LIMIT 1';

/** Whoever asks at the same time for the same order waits at the reservation, and then finds it. */
const hold = `
  WITH entered AS (
    INSERT INTO reservations (order_id, state, expires_at) VALUES ($1, 'reserved', now() + $4 * interval '1 ms')
    ON CONFLICT (order_id) DO NOTHING RETURNING order_id),
  wanted AS (SELECT w.* FROM entered, unnest($2::text[], $3::integer[]) AS w (product_id, quantity)), ${holdWanted},
  noted AS (INSERT INTO reservation_items (order_id, product_id, quantity) SELECT $1, product_id, quantity FROM held)
  SELECT EXISTS (SELECT FROM entered) AS is_new, (${short}) AS short`;

const holdAgain = `
  WITH wanted AS (SELECT product_id, quantity FROM reservation_items WHERE order_id = $1), ${holdWanted}
  ${short}`;

const settleTo = (to: 'available' | 'sold'): string => `
  WITH noted AS (
    UPDATE reservations SET state = $2, updated_at = now() WHERE order_id = $1 AND state = ANY ($3) RETURNING order_id),
  items AS (SELECT product_id, quantity FROM reservation_items JOIN noted USING (order_id)),
  locked AS (SELECT s.product_id FROM stock s JOIN items USING (product_id) ORDER BY s.product_id FOR UPDATE OF s),
  moved AS (
    UPDATE stock s SET reserved = s.reserved - i.quantity, ${to} = s.${to} + i.quantity
      FROM items i WHERE s.product_id = i.product_id AND s.product_id IN (SELECT product_id FROM locked))
  SELECT product_id, quantity FROM items ORDER BY product_id`;

export interface StockLedgerOptions {
  /** How long a reservation waits for its order to be confirmed. */
  reservationTtlMs: number;
}

/** A statement of its own, which needs no transaction, for all orders that ask at the same time. */
export function keepingReserved(database: Queryable): Keeping['keepReserved'] {
  const sql = `UPDATE reservations SET state = 'committed', updated_at = now() WHERE order_id = ANY ($1) AND state = 'reserved' RETURNING order_id`;
  return combine(async (orderIds: readonly string[]) => {
    const kept = new Set(await database.query(sql, [orderIds], (row) => String(row.order_id)));
    return orderIds.map((orderId) => kept.has(orderId.toLowerCase()));
  });
}

export function stockLedger(tx: Transaction, { reservationTtlMs }: StockLedgerOptions): StockLedger {
  return {
    async enterReleased(orderId) {
      const created = await tx.one(
        `INSERT INTO reservations (order_id, state, expires_at) VALUES ($1, 'released', now() + $2 * interval '1 ms')
         ON CONFLICT (order_id) DO NOTHING RETURNING state`,
        [orderId, reservationTtlMs],
      );
      return created === undefined ? find(orderId) : undefined;
    },

    find,

    async setState(orderId, state) {
      await tx.query('UPDATE reservations SET state = $2, updated_at = now() WHERE order_id = $1', [orderId, state]);
    },

    async hold(orderId, items) {
      const [ids, quantities] = [items.map(({ productId }) => productId), items.map(({ quantity }) => quantity)];
      const row = await tx.one(hold, [orderId, ids, quantities, reservationTtlMs]);
      return { isNew: row?.is_new === true, short: typeof row?.short === 'string' ? row.short : undefined };
    },

    holdAgain: (orderId) => tx.one(holdAgain, [orderId], (row) => String(row.product_id)),

    async settle(orderId, from, to, state) {
      const items = await tx.query(settleTo(to), [orderId, state, from], readItem);
      return items.length === 0 ? undefined : items;
    },

    due: (limit) =>
      tx.query(
        `SELECT order_id FROM reservations WHERE state = 'reserved' AND expires_at <= now() ORDER BY expires_at LIMIT $1`,
        [limit],
        (row) => String(row.order_id),
      ),
  };

  function find(orderId: string): Promise<ReservationState | undefined> {
    return tx.one('SELECT state FROM reservations WHERE order_id = $1 FOR UPDATE', [orderId], readState);
  }
}

function readItem(row: Row): ReservationItem {
  return { productId: String(row.product_id), quantity: Number(row.quantity) };
}

const states: readonly ReservationState[] = ['reserved', 'committed', 'released', 'expired', 'sold'];

function readState(row: Row): ReservationState {
  const state = states.find((known) => known === row.state);
  if (state === undefined)
    throw new TypeError(`The database has a reservation in state ${String(row.state)}, which this version does not know.`);
  return state;
}
