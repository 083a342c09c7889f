/**
 * What checkouts ask of this service: that what was bought is out of the carts. Several orders in one request; when it fails, some may be done. The
 * gateway does not route here.
 */
import { type HttpServer, Type } from '@hikyaku/service';
import type { BoughtOrder } from '../application/buying.ts';

/** What this service reads of an order, here and in events; the rest may change. */
const Bought = Type.Object({
  orderId: Type.String({ format: 'uuid' }),
  userId: Type.String({ minLength: 1 }),
  items: Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer({ minimum: 1 }) })),
});

export function internalRoutes(http: HttpServer, clear: (orders: readonly BoughtOrder[]) => Promise<void>): void {
  const schema = { body: Type.Object({ orders: Type.Array(Bought, { minItems: 1, maxItems: 200 }) }) };
  http.post('/internal/bought-orders', { schema }, async ({ body: { orders } }, reply) => {
    await clear(orders);
    return reply.code(204).send();
  });
}
