/**
 * What other services ask of this one. The gateway does not route here.
 */
import { type HttpServer, problem, Type } from '@hikyaku/service';
import type { ProductBook } from '../application/catalogue.ts';
import { release, reserve, type Unit } from '../application/reservations.ts';
import { OutOfStock, ReservationReleased, ReservationSold } from '../domain/reservation.ts';
import { ProductBody } from './catalogue-routes.ts';

const OrderParams = Type.Object({ orderId: Type.String({ format: 'uuid' }) });

const ReservationBody = Type.Object({
  items: Type.Array(Type.Object({ productId: Type.String(), quantity: Type.Integer({ minimum: 1 }) }), { minItems: 1 }),
});

export interface InternalRoutesOptions {
  products: ProductBook;
  inTransaction: <T>(work: (unit: Unit) => Promise<T>) => Promise<T>;
}

export function internalRoutes(http: HttpServer, { products, inTransaction }: InternalRoutesOptions): void {
  const named = {
    querystring: Type.Object({ ids: Type.String({ description: 'Product ids, separated by commas' }) }),
    response: { 200: Type.Object({ items: Type.Array(ProductBody) }) },
  };
  http.get('/internal/products', { schema: named }, async ({ query: { ids } }) => ({
    items: await products.findAll(ids.split(',')),
  }));

  http.put(
    '/internal/reservations/:orderId',
    { schema: { params: OrderParams, body: ReservationBody } },
    async (request, reply) => {
      const { orderId } = request.params;
      await inTransaction((unit) => reserve(unit, orderId, request.body.items)).catch(refuse);
      return reply.code(204).send();
    },
  );

  http.delete('/internal/reservations/:orderId', { schema: { params: OrderParams } }, async (request, reply) => {
    const { orderId } = request.params;
    await inTransaction((unit) => release(unit, orderId)).catch(refuse);
    return reply.code(204).send();
  });
}

/** The domain's refusals as problems; the `type` is what the caller decides by. */
function refuse(error: unknown): never {
  if (error instanceof OutOfStock) {
    throw problem(409, { type: `urn:shop:problem:${error.code}`, detail: error.message, productId: error.productId });
  }
  if (error instanceof ReservationReleased || error instanceof ReservationSold) {
    throw problem(409, { type: `urn:shop:problem:${error.code}`, detail: error.message });
  }
  throw error;
}
