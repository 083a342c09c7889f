/**
 * What other services ask of this one by HTTP: what the catalogue says of some products. The gateway does not route here.
 */
import { type HttpServer, Type } from '@hikyaku/service';
import type { ProductBook } from '../application/catalogue.ts';
import { ProductBody } from './catalogue-routes.ts';

export function internalRoutes(http: HttpServer, products: ProductBook): void {
  const named = {
    querystring: Type.Object({ ids: Type.String({ description: 'Product ids, separated by commas' }) }),
    response: { 200: Type.Object({ items: Type.Array(ProductBody) }) },
  };
  http.get('/internal/products', { schema: named }, async ({ query: { ids } }) => ({
    items: await products.findAll(ids.split(',')),
  }));
}
