/** The cart that the shop keeps for whoever is signed in. */
import { type Decoder, integer, list, nothing, oneOf, optional, record, text, truth } from './decode.ts';
import type { Http } from './http.ts';
import { type Localized, localized } from './localized.ts';

export interface CartItem {
  productId: string;
  quantity: number;
  /** False: no longer sold. Undefined, like all that follows: the catalogue could not be asked. */
  available: boolean | undefined;
  name: Localized | undefined;
  unitPriceYen: number | undefined;
  /** Pieces that can be ordered now. */
  stock: number | undefined;
}

export interface PricedCart {
  items: CartItem[];
  /** Of what is available; undefined when the prices are missing. */
  totalYen: number | undefined;
  /** `missing`: the catalogue does not answer now. */
  prices: 'current' | 'missing';
}

const cart: Decoder<PricedCart> = record<PricedCart>({
  items: list(
    record<CartItem>({
      productId: text,
      quantity: integer,
      available: optional(truth),
      name: optional(localized),
      unitPriceYen: optional(integer),
      stock: optional(integer),
    }),
  ),
  totalYen: optional(integer),
  prices: oneOf('current', 'missing'),
});

export type CartApi = ReturnType<typeof createCartApi>;

export function createCartApi(http: Http) {
  const line = (productId: string) => `/api/cart/items/${encodeURIComponent(productId)}`;
  return {
    cart: () => http('/api/cart', { decode: cart }),

    putInCart: (productId: string, quantity: number) =>
      http(line(productId), { method: 'PUT', body: { quantity }, decode: cart }),

    takeFromCart: (productId: string) => http(line(productId), { method: 'DELETE', decode: nothing }),

    /** Where both have a product the greater quantity counts, so that doing it twice changes nothing. `items` may not be empty. */
    mergeIntoCart: (items: readonly { productId: string; quantity: number }[]) =>
      http('/api/cart/merge', { method: 'POST', body: { items }, decode: cart }),
  };
}
