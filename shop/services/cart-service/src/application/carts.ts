/**
 * Filling a cart and looking into it. A cart is always writable: when the catalogue cannot be asked, a product is taken unseen, and
 * shown as unavailable later should there be none. The order is where it is decided what can be bought.
 */
import { type CartLine, type CartLines, mergeLines, putLine, removeLine } from '../domain/cart.ts';

export interface Cart {
  lines: CartLines;
  /** Of the last change; undefined for a cart that was never used. */
  updatedAt: Date | undefined;
}

/** Where carts are kept. */
export interface CartBook {
  find(userId: string): Promise<Cart>;
  /** Locks the cart, replaces its lines by what `change` makes of them, and returns it. What `change` throws leaves it as it was. */
  change(userId: string, change: (lines: CartLines) => CartLines): Promise<Cart>;
}

/** The same text for readers of Japanese and of English. */
export interface Bilingual {
  ja: string;
  en: string;
}

/** What the catalogue says of a product now. */
export interface CatalogueEntry {
  productId: string;
  name: Bilingual;
  unitPriceYen: number;
  /** Pieces that can be ordered now. */
  stock: number;
}

/** Those of the products that exist, in any order; undefined when the catalogue cannot be asked now. */
export type LookUp = (productIds: readonly string[]) => Promise<CatalogueEntry[] | undefined>;

/** A product that the catalogue does not know was to be put into a cart. */
export class UnknownProducts extends Error {
  readonly code = 'unknown_product';
  readonly productIds: readonly string[];

  constructor(productIds: readonly string[]) {
    super(`There is no product ${productIds.map((id) => `"${id}"`).join(', ')}.`);
    this.productIds = productIds;
  }
}

/** A cart, and what the catalogue said of its products: nothing of those that have gone, undefined when it did not answer. */
export interface PricedCart extends Cart {
  catalogue: ReadonlyMap<string, CatalogueEntry> | undefined;
}

export interface Carts {
  look(userId: string): Promise<PricedCart>;
  /** Throws `UnknownProducts`, `CartFull`. */
  put(userId: string, line: CartLine): Promise<PricedCart>;
  /** All of it or nothing. Throws `UnknownProducts`, `CartFull`. */
  merge(userId: string, lines: CartLines): Promise<PricedCart>;
  remove(userId: string, productId: string): Promise<void>;
  empty(userId: string): Promise<void>;
}

export function createCarts(book: CartBook, lookUp: LookUp): Carts {
  const priced = async (cart: Cart): Promise<PricedCart> => ({ ...cart, catalogue: await read(lookUp, cart.lines) });

  /** Looked up before the cart is locked: nobody waits for the catalogue with a lock in hand. */
  async function add(userId: string, added: CartLines, change: (lines: CartLines) => CartLines): Promise<PricedCart> {
    const before = await book.find(userId);
    const asked = [...before.lines, ...added];
    const catalogue = await read(lookUp, asked);
    const unknown = catalogue ? added.filter(({ productId }) => !catalogue.has(productId)) : [];
    if (unknown.length > 0) throw new UnknownProducts(unknown.map(({ productId }) => productId));
    const cart = await book.change(userId, change);
    const wasAsked = (line: CartLine) => asked.some(({ productId }) => productId === line.productId);
    // Another change in the meantime may have brought products that were not asked about.
    return cart.lines.every(wasAsked) ? { ...cart, catalogue } : priced(cart);
  }

  return {
    look: async (userId) => priced(await book.find(userId)),
    put: (userId, line) => add(userId, [line], (lines) => putLine(lines, line)),
    merge: (userId, others) => add(userId, others, (lines) => mergeLines(lines, others)),
    remove: async (userId, productId) => {
      await book.change(userId, (lines) => removeLine(lines, productId));
    },
    empty: async (userId) => {
      await book.change(userId, () => []);
    },
  };
}

async function read(lookUp: LookUp, lines: CartLines): Promise<PricedCart['catalogue']> {
  const productIds = [...new Set(lines.map(({ productId }) => productId))];
  const entries = productIds.length === 0 ? [] : await lookUp(productIds);
  return entries && new Map(entries.map((entry) => [entry.productId, entry]));
}
