/** What this service asks of others over HTTP, and what it reads of their answers. */
import { defineCall, type Static, Type } from '@hikyaku/service';

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

/** On behalf of the user whose orders they are. */
export const listOrders = defineCall({
  provider: 'order-service',
  method: 'GET',
  path: '/orders',
  response: Type.Object({ items: Type.Array(OrderBody) }),
});
