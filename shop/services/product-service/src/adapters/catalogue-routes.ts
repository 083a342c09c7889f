/**
 * The public part of the HTTP API: looking through the catalogue.
 */
import { type HttpServer, problem, Type } from '@hikyaku/service';
import { browse, type ProductBook } from '../application/catalogue.ts';
import { categories } from '../domain/product.ts';

const Bilingual = Type.Object({ ja: Type.String(), en: Type.String() });
const CategoryName = Type.Enum([...categories]);

export const ProductBody = Type.Object({
  id: Type.String(),
  category: CategoryName,
  name: Bilingual,
  description: Bilingual,
  priceYen: Type.Integer({ description: 'Tax included' }),
  stock: Type.Integer({ description: 'Pieces that can be ordered now' }),
});

const BrowseQuery = Type.Object({
  q: Type.String({ default: '', maxLength: 200, description: 'Words to look for, in Japanese or English' }),
  category: Type.Optional(CategoryName),
  page: Type.Integer({ default: 1, minimum: 1, maximum: 100_000 }),
  pageSize: Type.Integer({ default: 12, minimum: 1, maximum: 100 }),
});

const PageBody = Type.Object({
  items: Type.Array(ProductBody),
  page: Type.Integer(),
  pageSize: Type.Integer(),
  total: Type.Integer(),
});

export function catalogueRoutes(http: HttpServer, products: ProductBook): void {
  http.get('/products', { schema: { querystring: BrowseQuery, response: { 200: PageBody } } }, ({ query: { q, ...rest } }) =>
    browse(products, { query: q, ...rest }),
  );

  const one = { params: Type.Object({ id: Type.String() }), response: { 200: ProductBody } };
  http.get('/products/:id', { schema: one }, async ({ params: { id } }) => {
    const product = await products.find(id);
    if (product === undefined)
      throw problem(404, { type: 'urn:shop:problem:unknown_product', detail: `There is no product "${id}".` });
    return product;
  });
}
