/**
 * Orders in PostgreSQL.
 */
import { type Queryable, type Row, type Transaction, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import type { OrderBook } from '../application/order-book.ts';
import type { Order, OrderStatus } from '../domain/order.ts';

export const OrderItemBody = Type.Object({
  productId: Type.String(),
  name: Type.Object({ ja: Type.String(), en: Type.String() }),
  unitPriceYen: Type.Integer(),
  quantity: Type.Integer(),
});

const Items = Type.Array(OrderItemBody);

const selectOrder = `
  SELECT o.id, o.user_id, o.status, o.reason, o.total_yen, o.created_at, lines.items
    FROM orders o
    CROSS JOIN LATERAL (
      SELECT json_agg(json_build_object(
               'productId', i.product_id,
               'name', json_build_object('ja', i.name_ja, 'en', i.name_en),
               'unitPriceYen', i.unit_price_yen,
               'quantity', i.quantity) ORDER BY i.line) AS items
        FROM order_items i WHERE i.order_id = o.id) lines`;

/** What the HTTP API reads. */
export interface OrderReader {
  find(id: string): Promise<Order | undefined>;
  /** The newest first, at most `limit`. */
  ofUser(userId: string, limit: number): Promise<Order[]>;
}

export function orderReader(database: Queryable): OrderReader {
  return {
    find: (id) => (isUuid(id) ? database.one(`${selectOrder} WHERE o.id = $1`, [id], readOrder) : Promise.resolve(undefined)),

    ofUser: (userId, limit) =>
      database.query(`${selectOrder} WHERE o.user_id = $1 ORDER BY o.created_at DESC LIMIT $2`, [userId, limit], readOrder),
  };
}

export function orderBook(tx: Transaction): OrderBook {
  return {
    async add({ id, userId, totalYen, createdAt, items }, paymentToken) {
      await tx.query('INSERT INTO orders (id, user_id, payment_token, total_yen, created_at) VALUES ($1, $2, $3, $4, $5)', [
        id,
        userId,
        paymentToken,
        totalYen,
        createdAt,
      ]);
      for (const [line, { productId, name, unitPriceYen, quantity }] of items.entries()) {
        await tx.query(
          `INSERT INTO order_items (order_id, line, product_id, name_ja, name_en, unit_price_yen, quantity)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [id, line, productId, name.ja, name.en, unitPriceYen, quantity],
        );
      }
    },

    find: (id) => orderReader(tx).find(id),

    async settle(id, outcome) {
      const reason = outcome.status === 'cancelled' ? outcome.reason : null;
      const settled = await tx.one(
        `UPDATE orders SET status = $2, reason = $3, updated_at = now() WHERE id = $1 AND status = 'pending' RETURNING id`,
        [id, outcome.status, reason],
      );
      return settled !== undefined;
    },
  };
}

function readOrder(row: Row): Order {
  const { reason, created_at: createdAt } = row;
  return {
    id: String(row.id),
    userId: String(row.user_id),
    status: readStatus(row.status),
    ...(typeof reason === 'string' ? { reason } : {}),
    items: Parse(Items, row.items),
    totalYen: Number(row.total_yen),
    createdAt: createdAt instanceof Date ? createdAt.toISOString() : String(createdAt),
  };
}

function readStatus(status: unknown): OrderStatus {
  if (status === 'pending' || status === 'confirmed' || status === 'cancelled') return status;
  throw new TypeError(`The database has an order in status ${String(status)}, which this version does not know.`);
}

/** PostgreSQL answers anything else with an error, and no order has such an id. */
function isUuid(id: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id);
}
