/**
 * What the checkout saga asks of this service. The gateway does not route here.
 */
import { type HttpServer, Type } from '@hikyaku/service';
import type { BoughtOrder } from '../application/buying.ts';

const CartOrderParams = Type.Object({ userId: Type.String({ minLength: 1 }), orderId: Type.String({ format: 'uuid' }) });

/** What this service reads of an order, here and in events; the rest may change. */
const BoughtItems = Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer({ minimum: 1 }) }));

export function internalRoutes(http: HttpServer, clear: (order: BoughtOrder) => Promise<void>): void {
  const schema = { params: CartOrderParams, body: Type.Object({ items: BoughtItems }) };
  http.put('/internal/carts/:userId/orders/:orderId', { schema }, async ({ params, body }, reply) => {
    await clear({ ...params, ...body });
    return reply.code(204).send();
  });
}
