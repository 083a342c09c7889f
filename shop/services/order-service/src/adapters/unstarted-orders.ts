/**
 * Finds the orders without a saga in PostgreSQL, and what their saga needs to know.
 */
import { type Queryable, type Row, Type } from '@hikyaku/service';
import { Parse } from 'typebox/value';
import type { CheckoutInput } from '../application/checkout.ts';
import type { UnstartedOrders } from '../application/order-book.ts';

const Items = Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer() }));

const selectUnstarted = `
  SELECT o.id, o.user_id, o.payment_token, o.total_yen,
         (SELECT json_agg(json_build_object('productId', i.product_id, 'quantity', i.quantity) ORDER BY i.line)
            FROM order_items i WHERE i.order_id = o.id) AS items
    FROM orders o WHERE NOT o.saga_started`;

export function unstartedOrders(database: Queryable): UnstartedOrders {
  return {
    list: (limit) => database.query(`${selectUnstarted} ORDER BY o.created_at LIMIT $1`, [limit], read),

    find: (id) => database.one(`${selectUnstarted} AND o.id = $1`, [id], read),

    async markStarted(id) {
      await database.query('UPDATE orders SET saga_started = true WHERE id = $1', [id]);
    },
  };
}

function read(row: Row): { id: string; input: CheckoutInput } {
  const input = {
    userId: String(row.user_id),
    items: Parse(Items, row.items),
    totalYen: Number(row.total_yen),
    paymentToken: String(row.payment_token),
  };
  return { id: String(row.id), input };
}
