/**
 * The checkouts that are still to be started, in PostgreSQL. A row is written with its order and goes away once the saga engine has it, so the
 * table is all but empty; it is the only place where this service keeps a payment token.
 */
import { type Queryable, type Row, type Transaction, Type } from '@hikyaku/service';
import { Compile } from 'typebox/compile';
import type { CheckoutInput } from '../application/checkout.ts';
import type { UnstartedOrders } from '../application/order-book.ts';

const Input = Compile(
  Type.Object({
    userId: Type.String(),
    items: Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer() })),
    totalYen: Type.Integer(),
    paymentToken: Type.String(),
  }),
);

export async function noteCheckout(tx: Transaction, orderId: string, input: CheckoutInput): Promise<void> {
  await tx.query('INSERT INTO checkouts_to_start (order_id, input) VALUES ($1, $2)', [orderId, JSON.stringify(input)]);
}

export function unstartedOrders(database: Queryable): UnstartedOrders {
  const select = 'SELECT order_id, input FROM checkouts_to_start';
  return {
    list: (limit) => database.query(`${select} ORDER BY noted_at LIMIT $1`, [limit], read),

    find: (id) => database.one(`${select} WHERE order_id = $1`, [id], read),

    async markStarted(id) {
      await database.query('DELETE FROM checkouts_to_start WHERE order_id = $1', [id]);
    },
  };
}

function read(row: Row): { id: string; input: CheckoutInput } {
  return { id: String(row.order_id), input: Input.Parse(row.input) };
}
