/**
 * The checkouts that are still to be started, in PostgreSQL. A row is written with its order and goes away soon after the saga engine has it, so the
 * table is all but empty; it is the only place where this service itself keeps a payment token.
 */
import { type Queryable, type Row, type Transaction, Type } from '@hikyaku/service';
import { Compile } from 'typebox/compile';
import type { NotedCheckout, UnstartedOrders } from '../application/order-book.ts';

const Input = Compile(
  Type.Object({
    userId: Type.String(),
    items: Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer() })),
    totalYen: Type.Integer(),
    paymentToken: Type.String(),
  }),
);

export function noteCheckout(tx: Transaction, { id, input }: NotedCheckout): void {
  tx.send('INSERT INTO checkouts_to_start (order_id, input) VALUES ($1, $2)', [id, JSON.stringify(input)]);
}

export function unstartedOrders(database: Queryable): UnstartedOrders {
  return {
    list: (graceMs, limit) =>
      database.query(
        `SELECT order_id, input FROM checkouts_to_start WHERE noted_at <= now() - $1 * interval '1 ms' ORDER BY noted_at LIMIT $2`,
        [graceMs, limit],
        read,
      ),

    async forget(ids) {
      await database.query('DELETE FROM checkouts_to_start WHERE order_id = ANY ($1)', [ids]);
    },
  };
}

function read(row: Row): NotedCheckout {
  return { id: String(row.order_id), input: Input.Parse(row.input) };
}
