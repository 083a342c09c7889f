/** The cart with what the catalogue says now about everything in it. */
import { api } from '../api/index.ts';
import { ApiError } from '../api/problem.ts';
import type { Product } from '../api/shop.ts';
import { type Loaded, useLoad } from '../ui/use-load.ts';
import { cart } from './cart-store.ts';

/** By product id. A product that is no longer sold is absent. Loads again only when other products come in. */
export function useCartProducts(): Loaded<Map<string, Product>> {
  const ids = cart.value.map((line) => line.productId);
  return useLoad(ids.toSorted().join(' '), async (signal) => {
    const found = await Promise.all(ids.map((id) => api.product(id, signal).catch(absentIfUnknown)));
    return new Map(found.filter((product) => product !== undefined).map((product) => [product.id, product]));
  });
}

function absentIfUnknown(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== 404) throw error;
}
