/**
 * The order service, as this service needs it: a user's orders, asked for on the user's behalf.
 */
import { type Client, type Static, Type } from '@hikyaku/service';

const Bilingual = Type.Object({ ja: Type.String(), en: Type.String() });

export const OrderBody = Type.Object({
  id: Type.String(),
  status: Type.String(),
  reason: Type.Optional(Type.String()),
  items: Type.Array(
    Type.Object({ productId: Type.String(), name: Bilingual, unitPriceYen: Type.Integer(), quantity: Type.Integer() }),
  ),
  totalYen: Type.Integer(),
  createdAt: Type.String(),
});
export type OrderBody = Static<typeof OrderBody>;

const OrdersBody = Type.Object({ items: Type.Array(OrderBody) });

/** The orders of the user whose token it is, the newest first. Throws `ClientError`. */
export type OrdersOf = (token: string) => Promise<OrderBody[]>;

export function ordersClient(client: Client): OrdersOf {
  return async (token) => {
    const { items } = await client.get('/orders', { token, response: OrdersBody });
    return items;
  };
}
