/**
 * The stock and its reservations in PostgreSQL. Counts change by relative updates under the rows' locks, never by writing back a number
 * that was read before, so concurrent orders cannot lose each other's pieces. Every statement locks its products in the same order, so
 * two orders can never wait for each other.
 */
import { combine, type Queryable, type Row, type Transaction } from '@hikyaku/service';
import type { Keeping, StockLedger, Wish } from '../application/reservations.ts';
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

/** Whoever asks at the same time for the same order waits at the reservation, and then finds it. Reservations, too, come in one order. */
const hold = `
  WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS a (order_id, product_id, quantity)),
  entered AS (
    INSERT INTO reservations (order_id, state, expires_at)
    SELECT DISTINCT order_id, 'reserved', now() + $4 * interval '1 ms' FROM asked ORDER BY order_id
    ON CONFLICT (order_id) DO NOTHING RETURNING order_id),
  wished AS (SELECT * FROM asked JOIN entered USING (order_id)),
  wanted AS (SELECT product_id, sum(quantity) AS quantity FROM wished GROUP BY product_id), ${holdWanted},
  noted AS (
    INSERT INTO reservation_items (order_id, product_id, quantity)
    SELECT order_id, product_id, wished.quantity FROM wished JOIN held USING (product_id))
  SELECT ARRAY(SELECT order_id::text FROM entered) AS entered, (${short}) AS short`;

const holdAgain = `
  WITH wanted AS (SELECT product_id, quantity FROM reservation_items WHERE order_id = $1), ${holdWanted}
  ${short}`;

const settleTo = (to: 'available' | 'sold'): string => `
  WITH settling AS (
    SELECT order_id FROM reservations WHERE order_id = ANY ($1) AND state = ANY ($3) ORDER BY order_id FOR UPDATE),
  noted AS (
    UPDATE reservations SET state = $2, updated_at = now() WHERE order_id IN (SELECT order_id FROM settling) RETURNING order_id),
  items AS (SELECT order_id, product_id, quantity FROM reservation_items JOIN noted USING (order_id)),
  total AS (SELECT product_id, sum(quantity) AS quantity FROM items GROUP BY product_id),
  locked AS (SELECT s.product_id FROM stock s JOIN total USING (product_id) ORDER BY s.product_id FOR UPDATE OF s),
  moved AS (
    UPDATE stock s SET reserved = s.reserved - t.quantity, ${to} = s.${to} + t.quantity
      FROM total t WHERE s.product_id = t.product_id AND s.product_id IN (SELECT product_id FROM locked))
  SELECT order_id, product_id, quantity FROM items ORDER BY order_id, product_id`;

export interface StockLedgerOptions {
  /** How long a reservation waits for its order to be confirmed. */
  reservationTtlMs: number;
}

/** A statement of its own, which needs no transaction, for all orders that ask at the same time. */
export function keepingReserved(database: Queryable): Keeping['keepReserved'] {
  const sql = `
    WITH keeping AS (SELECT order_id FROM reservations WHERE order_id = ANY ($1) AND state = 'reserved' ORDER BY order_id FOR UPDATE)
    UPDATE reservations SET state = 'committed', updated_at = now() WHERE order_id IN (SELECT order_id FROM keeping) RETURNING order_id`;
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

    look: (orderId) => tx.one('SELECT state FROM reservations WHERE order_id = $1', [orderId], readState),

    async setState(orderId, state) {
      await tx.query('UPDATE reservations SET state = $2, updated_at = now() WHERE order_id = $1', [orderId, state]);
    },

    async hold(orders) {
      const row = await tx.one(hold, [...columnsOf(orders), reservationTtlMs]);
      const entered = new Set(Array.isArray(row?.entered) ? row.entered.map(String) : []);
      return {
        isNew: (orderId) => entered.has(orderId.toLowerCase()),
        short: typeof row?.short === 'string' ? row.short : undefined,
      };
    },

    holdAgain: (orderId) => tx.one(holdAgain, [orderId], (row) => String(row.product_id)),

    async settle(orderIds, from, to, state) {
      const rows = await tx.query(settleTo(to), [orderIds, state, from]);
      const held = Map.groupBy(rows, (row) => String(row.order_id));
      return (orderId) => held.get(orderId.toLowerCase())?.map(readItem);
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

/** A row for each item. */
function columnsOf(orders: readonly Wish[]): [string[], string[], number[]] {
  const rows = orders.flatMap(({ orderId, items }) => items.map((item) => ({ orderId, ...item })));
  return [rows.map(({ orderId }) => orderId), rows.map(({ productId }) => productId), rows.map(({ quantity }) => quantity)];
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
