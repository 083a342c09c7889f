/**
 * A cart: what somebody may want to buy. It knows no names, prices or stock, which belong to the catalogue and change; nothing here is
 * reserved. Pure functions from lines to lines.
 */

export interface CartLine {
  productId: string;
  /** Pieces, 1 to `MAX_QUANTITY`. */
  quantity: number;
}

/** One line per product, in the order they were put in. */
export type CartLines = readonly CartLine[];

/** Pieces of one product: as many as one order may have. */
export const MAX_QUANTITY = 99;
/** Lines of one cart: as many as one order may have. */
export const MAX_LINES = 50;

/** The cart has as many different products as it can. */
export class CartFull extends Error {
  readonly code = 'cart_full';

  constructor() {
    super(`A cart holds at most ${MAX_LINES} different products.`);
  }
}

/** Sets the quantity of a product, which keeps its place or goes to the end. Throws `CartFull`. */
export function putLine(lines: CartLines, line: CartLine): CartLine[] {
  const isThere = lines.some(({ productId }) => productId === line.productId);
  const put = isThere ? lines.map((old) => (old.productId === line.productId ? line : old)) : [...lines, line];
  if (put.length > MAX_LINES && !isThere) throw new CartFull();
  return put;
}

export function removeLine(lines: CartLines, productId: string): CartLine[] {
  return lines.filter((line) => line.productId !== productId);
}

/**
 * Brings in another cart, such as one filled before signing in. Where both have a product the greater quantity counts, not the sum:
 * a merge that is repeated because its answer was lost then changes nothing. Throws `CartFull`.
 */
export function mergeLines(lines: CartLines, others: CartLines): CartLine[] {
  return others.reduce<CartLine[]>(
    (merged, { productId, quantity }) => {
      const present = merged.find((line) => line.productId === productId)?.quantity ?? 0;
      return putLine(merged, { productId, quantity: Math.max(present, quantity) });
    },
    [...lines],
  );
}

/** Takes out what was bought, and no more: pieces that were added beyond the order stay. `taken` are the pieces that were there. */
export function takeBought(lines: CartLines, bought: CartLines): { left: CartLine[]; taken: CartLine[] } {
  const wanted = new Map<string, number>();
  for (const { productId, quantity } of bought) wanted.set(productId, (wanted.get(productId) ?? 0) + quantity);
  const part = ({ productId, quantity }: CartLine) => Math.min(quantity, wanted.get(productId) ?? 0);
  const isLine = ({ quantity }: CartLine) => quantity > 0;
  return {
    left: lines.map((line) => ({ ...line, quantity: line.quantity - part(line) })).filter(isLine),
    taken: lines.map((line) => ({ ...line, quantity: part(line) })).filter(isLine),
  };
}

/** Puts pieces back that were taken out, as far as there is room for them: nobody is there to be told that there is none. */
export function giveBack(lines: CartLines, taken: CartLines): CartLine[] {
  return taken.reduce<CartLine[]>(
    (cart, { productId, quantity }) => {
      const present = cart.find((line) => line.productId === productId)?.quantity;
      if (present === undefined && cart.length >= MAX_LINES) return cart;
      return putLine(cart, { productId, quantity: Math.min(MAX_QUANTITY, (present ?? 0) + quantity) });
    },
    [...lines],
  );
}
