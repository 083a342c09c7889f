/** What this service asks of others over HTTP, and what it reads of their answers. */
import { defineCall, Type } from '@hikyaku/service';

const Product = Type.Object({
  id: Type.String(),
  name: Type.Object({ ja: Type.String(), en: Type.String() }),
  priceYen: Type.Integer(),
  stock: Type.Integer(),
});

export const findProducts = defineCall({
  provider: 'product-service',
  method: 'GET',
  path: '/internal/products',
  query: Type.Object({ ids: Type.String() }),
  response: Type.Object({ items: Type.Array(Product) }),
});
