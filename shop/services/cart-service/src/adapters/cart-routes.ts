/**
 * The public HTTP API: a signed-in customer's own cart. There is one per customer, so no path names it.
 */
import { type HttpServer, problem, type Static, Type } from '@hikyaku/service';
import { type Carts, type PricedCart, UnknownProducts } from '../application/carts.ts';
import { CartFull, MAX_LINES, MAX_QUANTITY } from '../domain/cart.ts';

/** Without commas: ids are joined with them when the catalogue is asked. */
export const ProductId = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', maxLength: 100 });
export const Quantity = Type.Integer({ minimum: 1, maximum: MAX_QUANTITY });

const ItemBody = Type.Object({
  productId: Type.String(),
  quantity: Type.Integer(),
  available: Type.Optional(Type.Boolean({ description: 'False: the product is no longer sold. Absent: it could not be asked' })),
  name: Type.Optional(Type.Object({ ja: Type.String(), en: Type.String() })),
  unitPriceYen: Type.Optional(Type.Integer({ description: 'Tax included' })),
  stock: Type.Optional(Type.Integer({ description: 'Pieces that can be ordered now' })),
});

const CartBody = Type.Object({
  items: Type.Array(ItemBody),
  totalYen: Type.Optional(Type.Integer({ description: 'Of what is available; absent when the prices are missing' })),
  prices: Type.Union([Type.Literal('current'), Type.Literal('missing')], {
    description: 'Missing: the catalogue does not answer now, so names, prices and stock are left out',
  }),
  updatedAt: Type.Optional(Type.String({ description: 'RFC 3339; absent for a cart that was never used' })),
});

const ItemParams = Type.Object({ productId: ProductId });
const MergeBody = Type.Object({
  items: Type.Array(Type.Object({ productId: ProductId, quantity: Quantity }), { minItems: 1, maxItems: MAX_LINES }),
});

const signedIn = { auth: 'required' as const };

export function cartRoutes(http: HttpServer, carts: Carts): void {
  http.get('/cart', { schema: { response: { 200: CartBody } }, config: signedIn }, async ({ user }) =>
    bodyOf(await carts.look(user?.id ?? '')),
  );

  const put = { params: ItemParams, body: Type.Object({ quantity: Quantity }), response: { 200: CartBody } };
  http.put('/cart/items/:productId', { schema: put, config: signedIn }, async ({ user, params, body }) => {
    const line = { productId: params.productId, quantity: body.quantity };
    const inPath = () => ({ in: 'path', pointer: '#/productId' });
    return bodyOf(await carts.put(user?.id ?? '', line).catch((error: unknown) => refuse(error, inPath)));
  });

  http.delete('/cart/items/:productId', { schema: { params: ItemParams }, config: signedIn }, async (request, reply) => {
    await carts.remove(request.user?.id ?? '', request.params.productId);
    return reply.code(204).send();
  });

  http.delete('/cart', { config: signedIn }, async (request, reply) => {
    await carts.empty(request.user?.id ?? '');
    return reply.code(204).send();
  });

  const merge = { body: MergeBody, response: { 200: CartBody } };
  http.post('/cart/merge', { schema: merge, config: signedIn }, async ({ user, body: { items } }) => {
    const inBody = (productId: string) => {
      const line = items.findIndex((item) => item.productId === productId);
      return { in: 'body', pointer: `#/items/${line}/productId` };
    };
    return bodyOf(await carts.merge(user?.id ?? '', items).catch((error: unknown) => refuse(error, inBody)));
  });
}

function bodyOf({ lines, updatedAt, catalogue }: PricedCart): Static<typeof CartBody> {
  const items = lines.map(({ productId, quantity }) => {
    if (catalogue === undefined) return { productId, quantity };
    const entry = catalogue.get(productId);
    return { productId, quantity, available: entry !== undefined, ...entry };
  });
  const totalYen = lines.reduce((sum, line) => sum + line.quantity * (catalogue?.get(line.productId)?.unitPriceYen ?? 0), 0);
  return {
    items,
    ...(catalogue && { totalYen }),
    prices: catalogue ? 'current' : 'missing',
    ...(updatedAt && { updatedAt: updatedAt.toISOString() }),
  };
}

/** `at` says where in the request a product was named. */
function refuse(error: unknown, at: (productId: string) => { in: string; pointer: string }): never {
  if (error instanceof CartFull) throw problem(422, { type: `urn:shop:problem:${error.code}`, detail: error.message });
  if (!(error instanceof UnknownProducts)) throw error;
  throw problem(422, {
    type: `urn:shop:problem:${error.code}`,
    detail: error.message,
    errors: error.productIds.map((id) => ({ ...at(id), detail: `There is no product "${id}".` })),
  });
}
