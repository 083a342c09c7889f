/** The cart as a value: product ids and how many of each. It knows no price and no stock; those are asked for when shown. */
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

export function totalYen(cart: Cart, priceOf: (productId: string) => number): number {
  return cart.reduce((sum, line) => sum + line.quantity * priceOf(line.productId), 0);
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
