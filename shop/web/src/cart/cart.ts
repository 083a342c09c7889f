/** The cart as a value: product ids and how many of each; and what the shop says of them now, which changes and is asked for when shown. */
import type { PricedCart } from '../api/cart.ts';
import { type Decoder, integer, list, record, text } from '../api/decode.ts';

export interface CartLine {
  productId: string;
  quantity: number;
}

/** In the order in which things were first put in; one line per product. */
export type Cart = readonly CartLine[];

/** What the order API takes. */
export const maxQuantity = 99;
export const maxLines = 50;

/** `quantity` more of a product, up to what one order may hold. A new product in a full cart is left out. */
export function addToCart(cart: Cart, productId: string, quantity = 1): Cart {
  const present = cart.find((line) => line.productId === productId);
  if (present) return setQuantity(cart, productId, present.quantity + quantity);
  if (cart.length >= maxLines) return cart;
  return [...cart, { productId, quantity: clamp(quantity) }];
}

/** Zero or less takes the line out. */
export function setQuantity(cart: Cart, productId: string, quantity: number): Cart {
  if (quantity <= 0) return cart.filter((line) => line.productId !== productId);
  return cart.map((line) => (line.productId === productId ? { productId, quantity: clamp(quantity) } : line));
}

export function countPieces(cart: Cart): number {
  return cart.reduce((sum, line) => sum + line.quantity, 0);
}

/** What the shop last said about a cart, about these lines: a line it has not heard of yet has no price. */
export function priceLines(cart: Cart, { items, prices }: PricedCart): PricedCart {
  const unknown = { available: undefined, name: undefined, unitPriceYen: undefined, stock: undefined };
  const priced = cart.map((line) => ({ ...unknown, ...items.find(({ productId }) => productId === line.productId), ...line }));
  const totalYen = priced.reduce((sum, { quantity, unitPriceYen = 0 }) => sum + quantity * unitPriceYen, 0);
  return { items: priced, prices, totalYen: prices === 'current' ? totalYen : undefined };
}

/** Whether everything in it is there to be bought, as far as is known. */
export function canOrder({ items, prices }: PricedCart): boolean {
  return prices === 'current' && items.every(({ quantity, stock = 0 }) => stock >= quantity);
}

const storedCart: Decoder<CartLine[]> = list(record<CartLine>({ productId: text, quantity: integer }));

/** Reads a cart back from storage. Anything unreadable is an empty cart: people lose a list, not money. */
export function parseCart(stored: string | null): Cart {
  if (stored === null) return [];
  try {
    return storedCart(JSON.parse(stored), '').reduce<Cart>((cart, line) => addToCart(cart, line.productId, line.quantity), []);
  } catch {
    return [];
  }
}

function clamp(quantity: number): number {
  return Math.max(1, Math.min(maxQuantity, Math.trunc(quantity)));
}
