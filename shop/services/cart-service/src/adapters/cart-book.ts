/**
 * Carts in PostgreSQL.
 */
import { type Database, type Queryable, type Row, type Transaction, Type } from '@hikyaku/service';
import { Compile } from 'typebox/compile';
import type { Cart, CartBook } from '../application/carts.ts';
import type { Unit } from '../application/buying.ts';

const Lines = Compile(Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer() })));

export function cartBook(database: Database): CartBook {
  return {
    find: (userId) => find(database, userId),
    change: (userId, change) => database.transaction((tx) => cartBookIn(tx).change(userId, change)),
  };
}

export function cartBookIn(tx: Transaction): Pick<CartBook, 'change'> {
  return {
    async change(userId, change) {
      const current = await tx.one(
        // The update that changes nothing takes the row's lock, so that of two changes the second sees what the first one left.
        `INSERT INTO carts (user_id) VALUES ($1) ON CONFLICT (user_id) DO UPDATE SET user_id = EXCLUDED.user_id
         RETURNING lines, updated_at`,
        [userId],
        readCart,
      );
      const lines = change(current?.lines ?? []);
      const changed = await tx.one(
        'UPDATE carts SET lines = $2, updated_at = now() WHERE user_id = $1 RETURNING lines, updated_at',
        [userId, JSON.stringify(lines)],
        readCart,
      );
      if (changed === undefined) throw new Error('A cart has vanished under its own lock.');
      return changed;
    },
  };
}

/** In the order of the ids, so that no two transactions wait for each other. */
const enterSql = `
  WITH entered AS (
    INSERT INTO bought_orders (order_id, user_id)
    SELECT * FROM unnest($1::uuid[], $2::text[]) AS bought (order_id, user_id) ORDER BY 1
    ON CONFLICT (order_id) DO NOTHING RETURNING order_id, user_id
  )
  SELECT order_id, coalesce(lines, '[]') AS lines, updated_at FROM entered LEFT JOIN carts USING (user_id)`;

export function boughtOrders(tx: Transaction): Pick<Unit, 'enter' | 'noteTaken' | 'leave'> {
  return {
    async enter(orders) {
      const columns = [orders.map(({ orderId }) => orderId), orders.map(({ userId }) => userId)];
      const carts = new Map(await tx.query(enterSql, columns, (row) => [String(row.order_id), readCart(row)] as const));
      return orders.map(({ orderId }) => carts.get(orderId.toLowerCase()));
    },

    async noteTaken(orderId, lines) {
      await tx.query('UPDATE bought_orders SET taken = $2 WHERE order_id = $1', [orderId, JSON.stringify(lines)]);
    },

    async leave({ orderId, userId }) {
      // The row comes first: one that is not there cannot be locked, and whoever buys at the same time would take the pieces out unseen.
      await tx.query('INSERT INTO bought_orders (order_id, user_id) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING', [
        orderId,
        userId,
      ]);
      const taken = await tx.one(
        `UPDATE bought_orders SET taken = '[]' WHERE order_id = $1 RETURNING old.taken`,
        [orderId],
        (row) => Lines.Parse(row.taken),
      );
      return taken ?? [];
    },
  };
}

/** Those of the orders that were entered, in any order. */
export function enteredOf(database: Queryable, orderIds: readonly string[]): Promise<string[]> {
  return database.query('SELECT order_id FROM bought_orders WHERE order_id = ANY ($1)', [orderIds], (row) =>
    String(row.order_id),
  );
}

async function find(database: Queryable, userId: string): Promise<Cart> {
  const cart = await database.one('SELECT lines, updated_at FROM carts WHERE user_id = $1', [userId], readCart);
  return cart ?? { lines: [], updatedAt: undefined };
}

function readCart(row: Row): Cart {
  return { lines: Lines.Parse(row.lines), updatedAt: row.updated_at instanceof Date ? row.updated_at : undefined };
}
