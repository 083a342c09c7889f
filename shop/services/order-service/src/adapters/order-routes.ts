/**
 * Reading orders over HTTP. Everybody sees only their own; to others an order that exists looks like one that does not.
 */
import { type HttpServer, Type } from '@hikyaku/service';
import type { OrderHistory } from '../application/history.ts';
import type { Order } from '../domain/order.ts';
import { asItWas, MomentQuery, ownHistory, unknownOrder } from './history-routes.ts';
import type { OrderReader } from './order-projection.ts';
import { OrderBody } from './order-schema.ts';

const LIST_LIMIT = 100;

const OrderParams = Type.Object({ id: Type.String() });
const signedIn = { auth: 'required' as const };

export interface OrderRoutesOptions {
  orders: OrderReader;
  history: OrderHistory;
}

export function orderRoutes(http: HttpServer, { orders, history }: OrderRoutesOptions): void {
  const list = { schema: { response: { 200: Type.Object({ items: Type.Array(OrderBody) }) } }, config: signedIn };
  http.get('/orders', list, async ({ user }) => ({ items: await orders.ofUser(user?.id ?? '', LIST_LIMIT) }));

  const one = { schema: { params: OrderParams, querystring: MomentQuery, response: { 200: OrderBody } }, config: signedIn };
  http.get('/orders/:id', one, async ({ params: { id }, query, user }) =>
    query.at === undefined && query.version === undefined
      ? ownOrder(orders, id, user?.id)
      : asItWas(history, await ownHistory(history, id, user?.id), query),
  );
}

async function ownOrder(orders: OrderReader, id: string, userId: string | undefined): Promise<Order> {
  const order = await orders.find(id);
  if (order === undefined || order.userId !== userId) throw unknownOrder();
  return order;
}
