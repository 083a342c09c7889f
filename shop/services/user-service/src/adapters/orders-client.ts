/**
 * The order service, as this service needs it: a user's orders, asked for on the user's behalf.
 */
import type { Client } from '@hikyaku/service';
import { listOrders, type OrderBody } from '../contracts/calls.ts';

/** The orders of the user whose token it is, the newest first. Throws `ClientError`. */
export type OrdersOf = (token: string) => Promise<OrderBody[]>;

export function ordersClient(client: Client): OrdersOf {
  return async (token) => {
    const { items } = await client.call(listOrders, { token });
    return items;
  };
}
